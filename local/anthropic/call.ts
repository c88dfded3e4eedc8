/**
 * An authenticated call to api.anthropic.com, as its endpoints get it, and the ways to answer it.
 */

import { errorEnvelope, sendError } from "../claude/messages-api.ts";
import type { AnswerFault } from "../http/broken-answer.ts";
import { sendJsonAnswer } from "../http/broken-json.ts";
import type { Exchange } from "../http/exchange.ts";
import type { CloudState } from "../state/index.ts";

export interface AnthropicCall {
  exchange: Exchange;
  state: CloudState;
  /** Date as YYYY-MM-DD. It decides which models exist. */
  today: string;
  requestId: string;
  /** Body members that the request's API version no longer accepts. */
  removedMembers: readonly string[];
  fault: AnswerFault | undefined;
  /** The id in the path, or "". */
  id: string;
}

/** Headers of every answer. Source: platform.claude.com, "Rate limits". */
export const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
  "anthropic-ratelimit-requests-limit": "4000",
  "anthropic-ratelimit-requests-remaining": "3999",
};

export function answerJson({ exchange, requestId, fault }: AnthropicCall, value: unknown): void {
  const headers = { ...ANSWER_HEADERS, "request-id": requestId };
  sendJsonAnswer(exchange, value, headers, fault, (type) => errorEnvelope(type, requestId));
}

export function refuse({ exchange, requestId }: AnthropicCall, status: number, message?: string): void {
  sendError(exchange, status, requestId, message);
}

/** Sends a body that is not JSON. */
export function answerBytes({ exchange, requestId }: AnthropicCall, type: string, body: string | Buffer): void {
  exchange.response.writeHead(200, {
    ...ANSWER_HEADERS,
    "request-id": requestId,
    "content-type": type,
    "content-length": Buffer.byteLength(body),
  });
  exchange.response.end(body);
}
