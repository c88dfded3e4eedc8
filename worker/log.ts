/**
 * One structured line a request, written when its answer has ended: who asked for what, who answered, how long it took. Never
 * content, never a secret.
 */
import type { StreamEnd } from "./stream.ts";
import type { Attempt } from "./trail.ts";

export interface RequestRecord {
  request_id: string;
  method: string;
  client: string;
  /** As the table has it; `unknown` for any other. */
  model: string;
  status: number;
  target: string | undefined;
  attempts: readonly Attempt[];
  skipped: string | undefined;
  request_bytes: number;
  /** To the answer's headers. */
  ms: number;
  stream: StreamEnd | undefined;
  /** Of a stream: to its end. */
  stream_ms: number | undefined;
  open_circuits: readonly string[];
}

export function logRequest(record: RequestRecord): void {
  console.log(JSON.stringify({ event: "request", ...record }));
}
