/** Suggests the known name that a misspelled one probably means. */
import { closest, distance } from "fastest-levenshtein";

/** Up to this many edits count as a typo. */
const MAX_TYPOS = 3;

/** The nearest known name; undefined when every name is too different. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const found = closest(name, known);
  return distance(name, found) <= MAX_TYPOS ? found : undefined;
}
