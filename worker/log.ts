/**
 * One structured line for every request, written when its answer has ended or its caller has left:
 * who asked for what, who answered, how long it took. Never content, never a secret, never a text
 * that a caller chose.
 */
import type { Attempt } from "./failover/attempts.ts";

export interface RequestRecord {
  request_id: string;
  /** What the caller got as `request-id`, if it is not the one above: the target's own. */
  answer_id?: string;
  /** Id of the Worker's upload. */
  version?: string;
  http_method: string;
  /** Which of the Worker's endpoints; `none`: the path is not one. */
  method: string;
  client?: string;
  /** As the table has it; `unknown` for any other. */
  model?: string;
  /** 499: the caller left before the answer began. */
  status?: number;
  target?: string | undefined;
  attempts?: readonly Attempt[];
  skipped?: string | undefined;
  /** Of the body that was read; absent where it was passed on unread. */
  request_bytes?: number;
  /** To the answer's headers. */
  ms?: number;
  /** How the answer's body ended, where it is passed on as it comes. */
  stream?: string;
  /** To the answer's end. */
  stream_ms?: number;
  open_circuits?: readonly string[];
  /** Of all requests' bodies, as far as this isolate holds them when the line is written. */
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
