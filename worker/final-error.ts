/**
 * Makes the error that a caller gets when no target answered. An error that the caller caused is
 * returned unchanged. Any other error also says why Vertex or Bedrock was not asked.
 */
import { type Failure, ownFailure } from "./errors.ts";
import type { ChainResult } from "./failover/run.ts";

/** @param skipped the value of `x-failover-skipped`; undefined if every platform was asked */
export function finalError({ failure, isCallerError }: ChainResult, skipped: string | undefined): Failure {
  if (!failure) return ownFailure("none", 500, "No target was asked.");
  if (isCallerError || skipped === undefined) return failure;
  return skipped.endsWith("thread:continue") ? threadNotFound(failure) : explained(failure, skipped);
}

/**
 * Only Anthropic has the thread. After this error the SDKs send the whole conversation again, and
 * another provider can answer that. Source: @anthropic-ai/sdk, `ThreadNotFoundErrorDetails`,
 * `ThreadState.recoversFrom`.
 */
function threadNotFound({ label }: Failure): Failure {
  const message = "Anthropic, which holds this thread, did not answer: send the whole conversation in a new thread.";
  const error = { type: "not_found_error", message, details: { error_code: "thread_not_found" } };
  return { label, status: 404, headers: new Headers(), body: { kind: "own", error } };
}

function explained(failure: Failure, skipped: string): Failure {
  // With more than one platform, each reason has the name of its platform.
  const hint = skipped.includes("=") ? `(Not sent: ${skipped}.)` : `(Not sent to Vertex: ${skipped}.)`;
  if (failure.body.kind === "own") {
    const { error } = failure.body;
    return { ...failure, body: { kind: "own", error: { ...error, message: `${error.message} ${hint}` } } };
  }
  const envelope = JSON.parse(failure.body.text) as { error: { message?: unknown } }; // `classify` has checked this
  envelope.error.message = `${envelope.error.message ?? ""} ${hint}`;
  return { ...failure, body: { kind: "provider", text: JSON.stringify(envelope) } };
}
