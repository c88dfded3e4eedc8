/**
 * Recognizes errors of Google's front end (authentication, quota, model access, organisation
 * policy). `rawPredict` sends an object, and `streamRawPredict` sends the same object in an array.
 * Only the error's code is passed on, because its text contains the project.
 */

/** Google's statuses for which Anthropic uses another status. */
const STATUSES: Readonly<Record<number, number>> = { 503: 529 };

/** @returns the status; undefined if the body is not an error of Google */
export function googleErrorStatus(body: unknown): number | undefined {
  const first = (Array.isArray(body) ? body[0] : body) as { error?: { code?: unknown } } | null | undefined;
  const code = first?.error?.code;
  return typeof code === "number" ? (STATUSES[code] ?? code) : undefined;
}
