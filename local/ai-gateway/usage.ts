/**
 * Reads the numbers of tokens from an answer while it passes, as JSON or as an event stream. The
 * last number counts, because a stream repeats it with every `message_delta`. Inside a text the
 * quotes are escaped, so no text can look like such a number.
 */

export interface Usage {
  tokensIn: number | null;
  tokensOut: number | null;
}

/** More than the longest name with its number, so that a cut between two pieces loses none. */
const OVERLAP = 64;

/** @returns a function that takes the pieces of one answer in order, and returns the numbers so far */
export function usageReader(): (piece: string) => Usage {
  const usage: Usage = { tokensIn: null, tokensOut: null };
  let end = "";
  return (piece) => {
    const text = end + piece;
    usage.tokensIn = lastNumber(text, "input_tokens") ?? usage.tokensIn;
    usage.tokensOut = lastNumber(text, "output_tokens") ?? usage.tokensOut;
    end = text.slice(-OVERLAP);
    return usage;
  };
}

function lastNumber(text: string, name: string): number | undefined {
  const found = [...text.matchAll(new RegExp(`"${name}":\\s*(\\d+)`, "g"))].at(-1);
  return found && Number(found[1]);
}
