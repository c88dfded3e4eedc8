/** What somebody meant who misspelt a name. */
import { closest, distance } from "fastest-levenshtein";

/** In how many letters a name may differ from the one that was meant. */
const MAX_TYPOS = 3;

/** The known name that is nearest; undefined where none is near enough to be meant. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const found = closest(name, known);
  return distance(name, found) <= MAX_TYPOS ? found : undefined;
}
