/**
 * An error that a provider answers before it has read the request's body, as a front end does that
 * looks at `content-length` alone. So it is decided before anybody waits for the body, whoever
 * asks.
 */
import type { IncomingMessage } from "node:http";
import { anthropicErrorOf } from "../anthropic/api.ts";
import type { Faults, ProviderFault } from "../faults/faults.ts";
import { vertexErrorOf, vertexLocation } from "../vertex/api.ts";
import type { ErrorAnswer } from "./broken-error.ts";
import type { Exchange } from "./exchange.ts";

/**
 * @param faults undefined where somebody decides them by the body
 * @returns undefined where the request meets no such fault; otherwise one use of it is spent
 */
export function takeEarlyStatus(exchange: Exchange, faults: Faults | undefined): ErrorAnswer | undefined {
  const { host } = exchange;
  if (host === "api.anthropic.com") {
    if (!isEarly(faults?.of("anthropic"))) return undefined;
    const fault = faults?.take("anthropic");
    return isEarly(fault) ? anthropicErrorOf(fault) : undefined;
  }
  const location = vertexLocation(host);
  if (!location || !isEarly(faults?.of(`vertex/${location}`))) return undefined;
  const fault = faults?.take("vertex", location);
  return isEarly(fault) ? vertexErrorOf(exchange, fault) : undefined;
}

/** The answer is whole at once; it ends when the whole body has come. */
export function sendBeforeBody({ response }: Exchange, request: IncomingMessage, answer: ErrorAnswer): void {
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    "content-type": "application/json",
    ...answer.headers,
    "content-length": Buffer.byteLength(text),
  });
  response.write(text);
  // To end it earlier could close the connection, and the reset would overtake the answer.
  request.once("end", () => response.end());
  request.resume();
}

function isEarly(fault: ReturnType<Faults["of"]>): fault is Extract<ProviderFault, { mode: "early_status" }> {
  return fault?.mode === "early_status";
}
