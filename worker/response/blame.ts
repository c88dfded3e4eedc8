/**
 * For whom a target's error counts. A failure counts for every client only if no caller can have
 * caused it.
 */

/** Credentials, billing and load are ours or the target's, never the caller's. */
const FAILURE_STATUSES = new Set([401, 402, 403, 408, 429]);
/**
 * The 400s that are about our account. Whole sentences, and never `…: Extra inputs are not
 * permitted`: an error may quote names that a caller chose. Source: platform.claude.com, "Errors"
 * and "Rate limits" (spend limits).
 */
const ACCOUNT_LIMITS = [
  /^Your credit balance is too low to access the [A-Za-z]+ API\.(?![\s\S]*not permitted$)/,
  /^You have reached your specified API usage limits\.(?![\s\S]*not permitted$)/,
];

/**
 * For whom a failure counts. `target`: for every client, since no caller can cause it. `unclear`: for
 * this client alone, since its request may be the cause. `nobody`: it says nothing about the target.
 */
export type Blame = "target" | "unclear" | "nobody";

/** Properties of a request that may explain an error. */
export interface Suspicion {
  /** The table knows the model: then a 404 is not about the caller's choice of it. */
  modelIsKnown: boolean;
  /** The request names objects that Anthropic keeps, such as files: then a 404 may be about those. */
  namesStoredObjects: boolean;
  /**
   * Whether the caller chose whom the request is made for, by a header or a member: then a refusal
   * may be about that choice.
   */
  callerChoseAccount: boolean;
}

/** Whether a status alone, whatever the request, is the target's failure. */
export function isFailureStatus(status: number): boolean {
  return status >= 500 || FAILURE_STATUSES.has(status);
}

/** @returns undefined where the error is the caller's own */
export function blameFor(
  status: number,
  message: string | undefined,
  isGoogles: boolean,
  { modelIsKnown, namesStoredObjects, callerChoseAccount }: Suspicion,
): Blame | undefined {
  if (status === 401 || status === 402) return callerChoseAccount ? "unclear" : "target";
  // 403: also for a beta that the organisation has no access to. 408: also for an upload that was
  // slow.
  if (status === 403 || status === 408) return "unclear";
  if (isFailureStatus(status)) return "target";
  // Google's front end decides before the model sees the request: our project, its policies, our
  // path.
  if (isGoogles) return status === 404 ? "target" : "nobody";
  if (status === 404 && modelIsKnown) {
    if (message?.startsWith("model:")) return "target";
    return namesStoredObjects ? undefined : "unclear";
  }
  if (status === 400 && ACCOUNT_LIMITS.some((limit) => limit.test(message ?? ""))) return "target";
  return status < 400 ? "nobody" : undefined;
}
