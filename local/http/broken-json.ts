/** A provider's JSON answer, whole or broken as the fault says. */
import {
  type AnswerFault,
  BYTE_ORDER_MARK,
  type Headers,
  sendGarbage,
  sendNonMessage,
  sendSlowly,
  sendWebPage,
  sendWhole,
} from "./broken-answer.ts";
import { breakOff, type Exchange, firstHalf, sendHalf, sendJson } from "./exchange.ts";

const JSON_TYPE = { "content-type": "application/json" };
/** The same content type by RFC 9110, section 8.3.1. */
const UNUSUAL_JSON_TYPE = "Application/JSON";
const SLOW_PIECES = 4;

/** @param errorBody returns the provider's envelope for an error type */
export function sendJsonAnswer(
  exchange: Exchange,
  value: unknown,
  ownHeaders: Headers,
  fault: AnswerFault | undefined,
  errorBody: (type: string) => unknown,
): void {
  const { response } = exchange;
  const text = JSON.stringify(value);
  const headers = { ...ownHeaders, ...JSON_TYPE };
  switch (fault?.mode) {
    case undefined:
    case "missing_blank_line":
    case "stop_without_data":
      return sendWhole(exchange, headers, text);
    case "bom":
      return sendWhole(exchange, headers, BYTE_ORDER_MARK + text);
    case "content_type":
      return sendWhole(exchange, { ...headers, "content-type": fault.value ?? UNUSUAL_JSON_TYPE }, text);
    case "slow":
      response.writeHead(200, headers);
      return sendSlowly(exchange, splitInto(text, SLOW_PIECES), fault.intervalMs);
    case "error_event":
    case "error_after_block_start":
    case "error_event_after_content":
    case "error_body":
      return sendJson(exchange, 200, errorBody(fault.type), ownHeaders);
    case "cut":
      sendHalf(exchange, 200, text, headers);
      return breakOff(exchange);
    case "truncated":
      response.writeHead(200, headers).end(firstHalf(text));
      return;
    case "no_content":
    case "silent_after_content":
    case "pings_after_content":
      return sendHalf(exchange, 200, text, headers);
    case "silent":
      response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(text) }).flushHeaders();
      return;
    case "open_after_stop":
      response.writeHead(200, headers).write(text);
      return;
    case "empty":
      return sendWhole(exchange, headers, "");
    case "html":
      return sendWebPage(exchange, ownHeaders);
    case "garbage":
      return sendGarbage(exchange, headers);
    case "not_a_message":
      return sendNonMessage(exchange, ownHeaders, fault.body);
    default:
      fault satisfies never;
  }
}

function splitInto(text: string, count: number): string[] {
  const length = Math.ceil(text.length / count);
  return Array.from({ length: count }, (_, index) => text.slice(index * length, (index + 1) * length));
}
