/**
 * gateway.ai.cloudflare.com: checks the run token and selects the endpoint. The Universal Endpoint
 * is at the gateway's root, provider-native endpoints are below it. Sources, and what is not known
 * about the real gateway: docs/fidelity.md.
 */

import type { Faults } from "../faults/faults.ts";
import type { CloudContext } from "../http/context.ts";
import { type Exchange, reset, sendHalf } from "../http/exchange.ts";
import { AI_GATEWAY_RUN } from "../resources/cloudflare/index.ts";
import type { CloudflareAccount } from "../state/index.ts";
import { statusOf } from "../state/token-status.ts";
import { NOT_CONFIGURED, sendGatewayError, UNAUTHORIZED } from "./errors.ts";
import { nativeEndpoint } from "./native.ts";
import { universalEndpoint } from "./universal.ts";

/**
 * Account, gateway and, for a provider-native endpoint, its slug and the rest with the query
 * string.
 */
const TARGET = /^\/v1\/([^/?]+)\/([^/?]+)(?:\/([^/?]+)\/(.+)|\/?(?:\?.*)?)$/;
/**
 * Answers of Cloudflare's edge that are not a web page. 1010 is its rule against some user agents.
 */
const EDGE_BODIES: Readonly<Record<number, EdgeBody>> = {
  403: { type: "text/plain; charset=UTF-8", text: "error code: 1010" },
};

interface EdgeBody {
  type: string;
  text: string;
}

export async function aiGateway(exchange: Exchange, context: CloudContext): Promise<void> {
  if (failAtTheEdge(exchange, context.faults)) return;
  const [, accountId = "", gatewayId = "", slug, rest = ""] = TARGET.exec(exchange.requestTarget) ?? [];
  const account = context.state.accounts.get(accountId);
  const gateway = account?.gateways.get(gatewayId);
  if (!account || !gateway) return sendGatewayError(exchange, NOT_CONFIGURED);
  if (gateway.authentication && !mayRun(account, exchange.headers["cf-aig-authorization"])) {
    return sendGatewayError(exchange, UNAUTHORIZED);
  }
  gateway.calls[slug === undefined ? "universal" : "native"] += 1;
  if (slug === undefined) return universalEndpoint(exchange, context, gateway);
  return nativeEndpoint(exchange, context, gateway, slug, rest);
}

/** @returns whether the request has been handled */
function failAtTheEdge(exchange: Exchange, faults: Faults): boolean {
  const fault = faults.take("gateway");
  switch (fault?.mode) {
    case undefined:
      return false;
    case "hang":
      return true;
    case "reset":
      reset(exchange);
      return true;
    case "gateway_error":
      sendGatewayError(exchange, fault.code);
      return true;
    case "status": {
      const { type, text } = edgeBody(fault.status);
      exchange.response.writeHead(fault.status, { "content-type": type });
      exchange.response.end(fault.message ?? text);
      return true;
    }
    case "stalled_error": {
      const { type, text } = edgeBody(fault.status);
      sendHalf(exchange, fault.status, text, { "content-type": type });
      return true;
    }
  }
}

function edgeBody(status: number): EdgeBody {
  return (
    EDGE_BODIES[status] ?? {
      type: "text/html",
      text: [
        "<html>",
        `<head><title>${status}</title></head>`,
        "<body><center>cloudflare</center></body>",
        "</html>",
        "",
      ].join("\r\n"),
    }
  );
}

/** Using a token leaves the time in it, which an operator can read. */
function mayRun(account: CloudflareAccount, authorization: string | undefined): boolean {
  const value = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  const token = [...account.tokens.values()].find(
    (candidate) =>
      candidate.value === value &&
      statusOf(candidate) === "active" &&
      candidate.permissionGroups.includes(AI_GATEWAY_RUN),
  );
  if (token) token.lastUsedOn = `${new Date().toISOString().slice(0, 19)}Z`;
  return token !== undefined;
}
