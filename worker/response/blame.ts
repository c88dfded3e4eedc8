/**
 * Decides for which clients a target's failure counts. It counts for every client only if no caller
 * can have caused it.
 */

/** Statuses about credentials, billing and load. */
const FAILURE_STATUSES = new Set([401, 402, 403, 408, 429]);
/** Statuses about an account: credentials, billing, and limits. */
const ACCOUNT_STATUSES = new Set([401, 402, 429]);
/**
 * Failures that a request can cause: a 403 by a beta without access, a 408 by a slow upload, and a
 * 504 or Cloudflare's 524 by an answer that takes long, such as a large one without streaming.
 * Sources: platform.claude.com, "Errors"; developers.cloudflare.com, "Error 524".
 */
const UNCLEAR_STATUSES = new Set([403, 408, 504, 524]);
/**
 * Texts of a 400 that is about our account. The patterns match whole sentences and exclude `…:
 * Extra inputs are not permitted`, because an error may quote names that a caller chose. Source:
 * platform.claude.com, "Errors" and "Rate limits" (spend limits).
 */
const ACCOUNT_LIMITS = [
  /^Your credit balance is too low to access the [A-Za-z]+ API\.(?![\s\S]*not permitted$)/,
  /^You have reached your specified API usage limits\.(?![\s\S]*not permitted$)/,
];

/**
 * The clients for which a failure counts. `target` means every client, because no caller can cause
 * the failure. `unclear` means only this client, because its request may be the cause. `nobody`
 * means that the failure says nothing about the target.
 */
export type Blame = "target" | "unclear" | "nobody";

/** Properties of a request that may explain an error. */
export interface Suspicion {
  /** Whether the table has the model. Then a 404 is not about the caller's choice of the model. */
  modelIsKnown: boolean;
  /**
   * Whether the request names objects that Anthropic stores, such as files. Then a 404 may be about
   * such an object.
   */
  namesStoredObjects: boolean;
  /**
   * Whether the caller chose an account by a header or a member. Then a refusal or a limit may be
   * about that choice.
   */
  callerChoseAccount: boolean;
}

/** @returns whether the status is a failure of the target for any request */
export function isFailureStatus(status: number): boolean {
  return status >= 500 || FAILURE_STATUSES.has(status);
}

/** @returns the clients for which the error counts; undefined if the caller has caused it */
export function blameFor(
  status: number,
  message: string | undefined,
  isGoogles: boolean,
  { modelIsKnown, namesStoredObjects, callerChoseAccount }: Suspicion,
): Blame | undefined {
  if (ACCOUNT_STATUSES.has(status)) return callerChoseAccount ? "unclear" : "target";
  if (UNCLEAR_STATUSES.has(status)) return "unclear";
  if (isFailureStatus(status)) return "target";
  // Google's front end refuses a request before the model gets it, because of our project, its
  // policies or our path.
  if (isGoogles) return status === 404 ? "target" : "nobody";
  if (status === 404 && modelIsKnown) {
    if (message?.startsWith("model:")) return "target";
    return namesStoredObjects ? undefined : "unclear";
  }
  if (status === 400 && ACCOUNT_LIMITS.some((limit) => limit.test(message ?? ""))) return "target";
  return status < 400 ? "nobody" : undefined;
}
