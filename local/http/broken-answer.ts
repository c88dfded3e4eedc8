/**
 * What JSON and stream answers with a fault have in common: faults without any response, and 200
 * answers that are not a message. `faults/schemas.ts` describes each fault.
 */

import type { ParsedFault, ProviderFault } from "../faults/faults.ts";
import type { ErrorFault } from "./broken-error.ts";
import { type Exchange, repeat, reset, sendJson } from "./exchange.ts";

export type Headers = Readonly<Record<string, string>>;

/** Faults without any response. */
type ConnectionFault = Extract<ParsedFault, { mode: "hang" | "reset" | "refused" }>;
/** Faults of an answer with status 200. */
export type AnswerFault = Exclude<ProviderFault, ConnectionFault | ErrorFault>;

export const BYTE_ORDER_MARK = "\ufeff";

const HTML_TYPE = { "content-type": "text/html; charset=utf-8" };
const HTML = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Welcome</h1></body></html>";
/** Not valid UTF-8, so neither JSON nor events. */
const GARBAGE = Buffer.from("ff00fe80c328a0a1e28228f0288cbc0aff00fe80".repeat(8), "hex");
const NOT_MESSAGES: Readonly<Record<Extract<AnswerFault, { mode: "not_a_message" }>["body"], unknown>> = {
  empty_object: {},
  detail: { detail: "maintenance" },
  google_error: { error: { code: 503, message: "The service is currently unavailable.", status: "UNAVAILABLE" } },
  list: [],
  null: null,
};

export function isConnectionFault<F extends ParsedFault>(fault: F | undefined): fault is Extract<F, ConnectionFault> {
  return fault?.mode === "hang" || fault?.mode === "reset" || fault?.mode === "refused";
}

export function sendConnectionFault(exchange: Exchange, { mode }: ConnectionFault): void {
  if (mode !== "hang") reset(exchange);
}

export function sendWebPage(exchange: Exchange, headers: Headers): void {
  sendWhole(exchange, { ...headers, ...HTML_TYPE }, HTML);
}

/** @param headers include the content type that the caller expects */
export function sendGarbage(exchange: Exchange, headers: Headers): void {
  sendWhole(exchange, headers, GARBAGE);
}

export function sendNonMessage(exchange: Exchange, headers: Headers, body: keyof typeof NOT_MESSAGES): void {
  sendJson(exchange, 200, NOT_MESSAGES[body], headers);
}

export function sendWhole({ response }: Exchange, headers: Headers, body: string | Buffer): void {
  response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

/**
 * Sends the first piece at once, then one piece per interval. The answer ends with the last piece.
 */
export function sendSlowly(exchange: Exchange, pieces: readonly string[], intervalMs: number): void {
  const { response } = exchange;
  const rest = [...pieces];
  const sendNext = () => {
    response.write(rest.shift() ?? "");
    if (rest.length === 0) response.end();
  };
  sendNext();
  repeat(exchange, intervalMs, sendNext);
}
