/**
 * Errors of Google's front end (authentication, quota, model access, organisation policy): an
 * object from rawPredict, the same inside an array from streamRawPredict. Only their code is passed
 * on, since their texts name the project.
 */

/** Statuses for which Anthropic uses another one. */
const STATUSES: Readonly<Record<number, number>> = { 503: 529 };

/** @returns undefined where the body is no Google error. */
export function googleErrorStatus(body: unknown): number | undefined {
  const first = (Array.isArray(body) ? body[0] : body) as { error?: { code?: unknown } } | null | undefined;
  const code = first?.error?.code;
  return typeof code === "number" ? (STATUSES[code] ?? code) : undefined;
}
