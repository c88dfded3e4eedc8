/**
 * The errors that AI Gateway itself returns, by code. Sources: cloudflare/ai
 * (packages/ai-gateway-provider), its issues 436 and 611, cloudflare-docs PR 31050, captures in
 * public issues. docs/fidelity.md lists the texts that are not known.
 */
import { type Exchange, sendJson } from "../http/exchange.ts";

const ERRORS = {
  2001: { status: 400, message: "Please configure AI Gateway in the Cloudflare dashboard" },
  2003: { status: 429, message: "Too many requests" },
  2005: { status: 400, message: "Failed to get response from provider" },
  2008: { status: 400, message: "Invalid provider" },
  2009: { status: 401, message: "Unauthorized" },
  2040: { status: 400, message: "Provider has no BYOK credential" },
  2041: { status: 429, message: "Spend limit reached" },
} as const;

export type GatewayCode = keyof typeof ERRORS;

/** Names for the codes that this gateway's own code returns. */
export const NOT_CONFIGURED = 2001;
export const NO_RESPONSE = 2005;
export const INVALID_PROVIDER = 2008;
export const UNAUTHORIZED = 2009;
export const NO_CREDENTIAL = 2040;

export const GATEWAY_CODES = Object.keys(ERRORS).map(Number) as GatewayCode[];

/** The envelope has `error`, not `errors`, unlike Cloudflare's API. */
export function sendGatewayError(exchange: Exchange, code: GatewayCode): void {
  const { status, message } = ERRORS[code];
  sendJson(exchange, status, {
    success: false,
    result: [],
    messages: [],
    error: [{ code, message }],
    name: "AiGatewayError",
    httpCode: status,
    internalCode: code,
    message,
  });
}
