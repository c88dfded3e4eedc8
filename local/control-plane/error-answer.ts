/**
 * Converts what a resource throws into an API's error. A refusal that only has a text means an
 * invalid request. A bug in the local cloud becomes a 501 and not a 500, because the providers
 * would repeat a request after a 500 for minutes.
 */
import { CloudError } from "../resources/resource-type.ts";

export interface ApiError {
  status: number;
  message: string;
  /** Cloudflare's error code. */
  code?: number;
  /** Google's name for the status. */
  reason?: string;
  details?: readonly object[];
}

export function toErrorAnswer(error: unknown): ApiError {
  if (!(error instanceof CloudError)) return { status: 501, message: `The local cloud failed: ${error}` };
  return error.refusal ?? { status: 400, message: error.message };
}
