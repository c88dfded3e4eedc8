/**
 * Answers with an error before the request's body has been read, like a front end that checks only
 * `content-length`. So this runs before the server waits for the body, for every caller.
 */
import type { IncomingMessage } from "node:http";
import { anthropicErrorOf } from "../anthropic/api.ts";
import { bedrockErrorOf } from "../bedrock/api.ts";
import { bedrockRegion } from "../bedrock/hosts.ts";
import type { Faults, ProviderFault } from "../faults/faults.ts";
import { vertexErrorOf } from "../vertex/api.ts";
import { vertexLocation } from "../vertex/hosts.ts";
import type { ErrorAnswer } from "./broken-error.ts";
import type { Exchange } from "./exchange.ts";

/**
 * @param faults undefined when a test selects the faults by the body
 * @returns undefined when there is no such fault. Otherwise one of the fault's `times` is used up.
 */
export function takeEarlyStatus(exchange: Exchange, faults: Faults | undefined): ErrorAnswer | undefined {
  const { host } = exchange;
  if (host === "api.anthropic.com") {
    if (!isEarly(faults?.peek("anthropic"))) return undefined;
    const fault = faults?.take("anthropic");
    return isEarly(fault) ? anthropicErrorOf(fault) : undefined;
  }
  const region = bedrockRegion(host);
  if (region) {
    if (!isEarly(faults?.peek(`bedrock/${region}`))) return undefined;
    const fault = faults?.take("bedrock", region);
    return isEarly(fault) ? bedrockErrorOf(fault) : undefined;
  }
  const location = vertexLocation(host);
  if (!location || !isEarly(faults?.peek(`vertex/${location}`))) return undefined;
  const fault = faults?.take("vertex", location);
  return isEarly(fault) ? vertexErrorOf(exchange, fault) : undefined;
}

/** Sends the whole answer at once, but ends it only after the whole body has arrived. */
export function sendBeforeBody({ response }: Exchange, request: IncomingMessage, answer: ErrorAnswer): void {
  const text = JSON.stringify(answer.body);
  response.writeHead(answer.status, {
    "content-type": "application/json",
    ...answer.headers,
    "content-length": Buffer.byteLength(text),
  });
  response.write(text);
  // Ending earlier could close the connection, and the reset could overtake the answer.
  request.once("end", () => response.end());
  request.resume();
}

function isEarly(fault: ReturnType<Faults["peek"]>): fault is Extract<ProviderFault, { mode: "early_status" }> {
  return fault?.mode === "early_status";
}
