/**
 * Finds the text of each step's `query` in a body for the Universal Endpoint, exactly as it was
 * sent. A parser that makes a tree is too slow for a body of 30 MB, and JSON.parse loses the text.
 */

/** The body is an array of objects, so a step's members are at this depth. */
const MEMBER_DEPTH = 2;

/** @param text valid JSON: an array of objects. A step without a `query` gets "". */
export function stepQueries(text: string): string[] {
  const queries: string[] = [];
  let depth = 0;
  let name = "";
  let query = "";
  /** Where the present member's value starts; -1 while its name is read. */
  let start = -1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (depth === MEMBER_DEPTH && start < 0) name = JSON.parse(text.slice(at, end));
      at = end - 1;
    } else if (character === "{" || character === "[") {
      depth += 1;
      if (depth === MEMBER_DEPTH) [query, start] = ["", -1];
    } else if (character === ":" && depth === MEMBER_DEPTH) {
      start = at + 1;
    } else if (character === "," || character === "}" || character === "]") {
      // As for JSON.parse, the last of several members with one name counts.
      if (depth === MEMBER_DEPTH && start >= 0 && name === "query") query = text.slice(start, at).trim();
      if (depth === MEMBER_DEPTH) start = -1;
      if (character === ",") continue;
      if (depth === MEMBER_DEPTH) queries.push(query);
      depth -= 1;
    }
  }
  return queries;
}

/** @param start of the opening quote @returns the position after the closing one */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
