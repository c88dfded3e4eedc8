/**
 * gateway.ai.cloudflare.com: the Universal Endpoint. It walks the steps over real loopback connections, so that resets, hangs
 * and cut streams reach it as they would; any answer that is not 2xx moves on to the next step, as its documentation says.
 * Sources, and what is unknown about the real one: docs/fidelity.md.
 */
import { randomUUID } from "node:crypto";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { type Node, parseTree } from "jsonc-parser";
import type { CloudContext } from "./cloud.ts";
import { type Exchange, jsonBody, sendJson } from "./exchange.ts";
import { AI_GATEWAY_RUN } from "./resources/cloudflare.ts";
import type { CloudflareAccount, Gateway } from "./state.ts";

interface UniversalStep {
  provider: string;
  endpoint: string;
  headers?: Record<string, string>;
  query: unknown;
}

/** Slug → host, given the step's path; and the header that carries the provider's credential. */
const PROVIDERS: Readonly<Record<string, { host: (endpoint: string) => string; credential: string }>> = {
  anthropic: { host: () => "api.anthropic.com", credential: "x-api-key" },
  "google-vertex-ai": { host: vertexHost, credential: "authorization" },
};
const PATH = /^\/v1\/([^/]+)\/([^/]+)\/?$/;
/** The gateway keeps five metadata entries and drops the rest. */
const MAX_METADATA = 5;
const UNAUTHORIZED = { status: 401, code: 2009, message: "Unauthorized" };
const NOT_CONFIGURED = { status: 400, code: 2001, message: "Please configure AI Gateway in the Cloudflare dashboard" };
const NO_RESPONSE = { status: 400, code: 2005, message: "Failed to get response from provider" };
const INVALID_PROVIDER = { status: 400, code: 2008, message: "Invalid provider" };
const NO_CREDENTIAL = { status: 400, code: 2040, message: "Provider has no BYOK credential" };

export async function aiGateway(exchange: Exchange, context: CloudContext): Promise<void> {
  const [, accountId = "", gatewayId = ""] = PATH.exec(exchange.path) ?? [];
  const account = context.state.accounts.get(accountId);
  const gateway = account?.gateways.get(gatewayId);
  if (!account || !gateway) return sendGatewayError(exchange, NOT_CONFIGURED);
  if (gateway.authentication && !mayRun(account, exchange.headers["cf-aig-authorization"])) {
    return sendGatewayError(exchange, UNAUTHORIZED);
  }
  const steps = jsonBody(exchange) as UniversalStep[] | undefined;
  if (!Array.isArray(steps) || steps.length === 0) return sendGatewayError(exchange, NOT_CONFIGURED);
  const queries = queryTexts(exchange.body.toString("utf8"));

  for (const [index, step] of steps.entries()) {
    const provider = PROVIDERS[step.provider];
    if (!provider) return sendGatewayError(exchange, INVALID_PROVIDER);
    const headers = lowerCase(step.headers ?? {});
    if (gateway.byokOnly && !headers[provider.credential]) return sendGatewayError(exchange, NO_CREDENTIAL);
    const isLast = index === steps.length - 1;
    const upstream = await callProvider(context.port, exchange, {
      host: provider.host(step.endpoint),
      path: `/${step.endpoint}`,
      headers,
      body: Buffer.from(queries[index] ?? ""),
      timeoutMs: isLast ? undefined : Number(headers["cf-aig-request-timeout"] ?? Number.NaN) || undefined,
    });
    const id = log(gateway, exchange, step, index, upstream?.statusCode ?? 0, queries[index] ?? "");
    if (!upstream) {
      if (isLast) return sendGatewayError(exchange, NO_RESPONSE);
      continue;
    }
    const status = upstream.statusCode ?? 502;
    if (!isLast && (status < 200 || status > 299)) {
      upstream.resume();
      continue;
    }
    return relay(exchange, upstream, {
      "cf-aig-step": String(index),
      "cf-aig-log-id": id,
      "cf-aig-event-id": id,
      "cf-aig-cache-status": "MISS",
    });
  }
}

function mayRun(account: CloudflareAccount, authorization: string | undefined): boolean {
  const value = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  return [...account.tokens.values()].some(
    (token) => token.value === value && token.permissionGroups.includes(AI_GATEWAY_RUN),
  );
}

function sendGatewayError(exchange: Exchange, error: { status: number; code: number; message: string }): void {
  const { status, code, message } = error;
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

/** Each step's `query` as it was written: whether the real gateway prints it anew is not known. */
function queryTexts(text: string): string[] {
  const steps = parseTree(text)?.children ?? [];
  return steps.map((step) => {
    const value = step.children?.find((member) => member.children?.[0]?.value === "query")?.children?.[1];
    return value ? sourceOf(text, value) : "";
  });
}

function sourceOf(text: string, node: Node): string {
  return text.slice(node.offset, node.offset + node.length);
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** The location of the path decides the host, as the path that was cut off the host had. */
function vertexHost(endpoint: string): string {
  const location = /\/locations\/([^/]+)\//.exec(endpoint)?.[1] ?? "global";
  if (location === "global") return "aiplatform.googleapis.com";
  return location === "us" || location === "eu"
    ? `aiplatform.${location}.rep.googleapis.com`
    : `${location}-aiplatform.googleapis.com`;
}

interface ProviderCall {
  host: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  /** To the first byte of the answer. */
  timeoutMs: number | undefined;
}

/** @returns undefined where there is no response: refused, reset, timed out, or the caller has left. */
function callProvider(port: number, exchange: Exchange, call: ProviderCall): Promise<IncomingMessage | undefined> {
  const headers = Object.fromEntries(Object.entries(call.headers).filter(([name]) => !name.startsWith("cf-aig-")));
  return new Promise((resolve) => {
    const request = httpRequest({
      host: "127.0.0.1",
      port,
      method: "POST",
      path: call.path,
      headers: { ...headers, host: call.host, "content-length": call.body.length },
    });
    const timer = call.timeoutMs ? setTimeout(() => request.destroy(), call.timeoutMs) : undefined;
    exchange.response.once("close", () => request.destroy());
    request.once("response", (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.once("error", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    request.end(call.body);
  });
}

/** Event streams come through the real gateway with CRLF. A cut upstream cuts the caller. */
function relay({ response }: Exchange, upstream: IncomingMessage, added: Record<string, string>): void {
  const { connection: _, "keep-alive": __, "transfer-encoding": ___, ...kept } = upstream.headers;
  response.writeHead(upstream.statusCode ?? 502, { ...kept, ...added });
  const isStream = upstream.headers["content-type"]?.startsWith("text/event-stream") === true;
  upstream.on("data", (chunk: Buffer) => {
    response.write(isStream ? chunk.toString("latin1").replace(/\r?\n/g, "\r\n") : chunk, "latin1");
  });
  upstream.on("end", () => response.end());
  upstream.on("error", () => response.socket?.resetAndDestroy());
}

function log(
  gateway: Gateway,
  { headers }: Exchange,
  step: UniversalStep,
  index: number,
  status: number,
  query: string,
) {
  const id = randomUUID();
  const metadata: Record<string, unknown> = JSON.parse(headers["cf-aig-metadata"] ?? "{}");
  gateway.logs.push({
    id,
    provider: step.provider,
    step: index,
    status,
    metadata: Object.fromEntries(Object.entries(metadata).slice(0, MAX_METADATA)),
    ...(headers["cf-aig-collect-log-payload"] === "false" ? {} : { payload: { request: query } }),
  });
  return id;
}
