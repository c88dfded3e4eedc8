/**
 * What an API answers to what a resource refuses. A text alone is what only a provider says; here the request is invalid. A
 * defect of the local cloud is no 500: the providers would send the request again, for minutes.
 */
import { CloudError } from "../resources/resource-type.ts";

export interface Answered {
  status: number;
  message: string;
  /** Cloudflare's number. */
  code?: number;
  /** Google's name of the status. */
  reason?: string;
  details?: readonly object[];
}

export function answered(error: unknown): Answered {
  if (!(error instanceof CloudError)) return { status: 501, message: `The local cloud failed: ${error}` };
  return error.refusal ?? { status: 400, message: error.message };
}
