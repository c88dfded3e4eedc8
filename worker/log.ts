/**
 * Writes one structured line for every request, when its answer has ended or its caller has left.
 * The line says who asked for what, which target answered and how long it took. It never has
 * content, a secret, or a text that a caller chose.
 */
import type { Attempt } from "./failover/attempts.ts";
import type { StickyReason } from "./stickiness/turn.ts";

export interface PreviousSecrets {
  client_token?: true;
  anthropic_key?: true;
  gateway_token?: true;
  google_credential?: true;
  bedrock_key?: true;
}

export interface RequestRecord {
  request_id: string;
  /** The target's id, if the caller got that one as `request-id`. */
  answer_id?: string;
  /** Id of the Worker's upload that answered. */
  version?: string;
  http_method: string;
  /** The Worker's endpoint; `none` if the path does not exist. */
  method: string;
  client?: string;
  /** The model's id in the table of models; `unknown` for any other model. */
  model?: string;
  /** The answer's status. 499 means that the caller left before the answer began. */
  status?: number;
  target?: string | undefined;
  attempts?: readonly Attempt[];
  /** Why Vertex or Bedrock was not asked; words of `loggable.ts`. */
  skipped?: string | undefined;
  /** What the step that answered left out, separated by commas; words of `loggable.ts`. */
  omitted?: string | undefined;
  /** What the conversation loses because another provider answered. */
  lost?: string | undefined;
  /** What moved the target of the conversation's last turn to the front of the chain. */
  sticky?: StickyReason | undefined;
  /** The targets of the chain that an operator's drill made fail, separated by commas. */
  drilled?: string | undefined;
  /** Length of the body; absent if the body was passed on without reading it. */
  request_bytes?: number;
  /** Time until the answer's headers. */
  ms?: number;
  /** How the answer's body ended, if it was passed on while it arrived. */
  stream?: string;
  /** Time until the answer's end. */
  stream_ms?: number;
  /**
   * Rotated secrets of which the request used the previous value. `rotate` waits until no request
   * uses one.
   */
  previous?: PreviousSecrets;
  open_circuits?: readonly string[];
  /** How many bytes of request bodies this isolate held when the line was written. */
  held_bytes?: number;
}

export function newRecord(request: Request): RequestRecord {
  const methods = ["GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"];
  return {
    request_id: `req_failover_${crypto.randomUUID().replaceAll("-", "")}`,
    http_method: methods.includes(request.method) ? request.method : "other",
    method: "none",
  };
}

export function logRequest(record: RequestRecord): void {
  console.log(JSON.stringify({ event: "request", ...record }));
}
