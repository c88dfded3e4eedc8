/**
 * api.cloudflare.com: checks the token, writes the envelope, and routes requests. Errors have
 * `x-should-retry: false`, because the provider would otherwise repeat a conflict for three
 * minutes. Sources: the real provider; the types of cloudflare-typescript.
 */
import type { CloudContext } from "../../http/context.ts";
import { bearerToken, type Exchange, jsonBody, sendJson } from "../../http/exchange.ts";
import { match } from "../../http/router.ts";
import { refusal } from "../../resources/cloudflare/account.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";
import type { CloudflareAccount, CloudState } from "../../state/index.ts";
import { statusOf } from "../../state/token-status.ts";
import { toErrorAnswer } from "../error-answer.ts";
import { accessRoutes } from "./access.ts";
import type { CloudflareAnswer, CloudflareRoute } from "./call.ts";
import { domainRoutes } from "./domains.ts";
import { gatewayLogRoutes } from "./gateway-logs.ts";
import { gatewayRoutes } from "./gateways.ts";
import { isPermitted } from "./permissions.ts";
import { scriptRoutes } from "./scripts.ts";
import { telemetryRoutes } from "./telemetry.ts";
import { tokenRoutes } from "./tokens.ts";
import { verifyRoutes } from "./verify.ts";
import { versionRoutes } from "./versions.ts";
import { workersDevRoutes } from "./workers-dev.ts";

const ROUTES: readonly CloudflareRoute[] = [
  ...gatewayRoutes,
  ...gatewayLogRoutes,
  ...tokenRoutes,
  ...scriptRoutes,
  ...versionRoutes,
  ...telemetryRoutes,
  ...workersDevRoutes,
  ...domainRoutes,
  ...accessRoutes,
];

/** For refusals whose real code is not known. */
const UNKNOWN_CODE = 1;

export async function cloudflareApi(exchange: Exchange, { state }: CloudContext): Promise<void> {
  try {
    const answer = await handle(exchange, state);
    if (answer instanceof Response) return await sendRaw(exchange, answer);
    sendJson(exchange, 200, { success: true, errors: [], messages: [], ...answer });
  } catch (error) {
    const { status, code = UNKNOWN_CODE, message } = toErrorAnswer(error);
    const errors = [{ code, message }];
    const body = { success: false, errors, messages: [], result: null };
    sendJson(exchange, status, body, { "x-should-retry": "false" });
  }
}

function handle(exchange: Exchange, state: CloudState): CloudflareAnswer | Promise<CloudflareAnswer> {
  const apiToken = bearerToken(exchange) ?? "";
  const verify = match(verifyRoutes, exchange);
  if (verify) return verify.route.handle({ state, apiToken, params: verify.params });
  const matched = match(ROUTES, exchange);
  const account = deployableAccount(state, apiToken, matched?.params.account);
  const { path, query, headers, body } = exchange;
  const limits = account?.deployTokenLimits.get(apiToken);
  const mayCall = account && (!matched || isPermitted(limits, matched.route.method, path));
  ensure(mayCall, refusal(403, 10000, "Authentication error"));
  ensure(matched, refusal(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`));
  const upload = new Response(new Uint8Array(body), { headers: { "content-type": headers["content-type"] ?? "" } });
  const json = (jsonBody(exchange) ?? {}) as Inputs;
  return matched.route.handle({ state, account, apiToken, query, body: json, upload, params: matched.params });
}

/**
 * The account that a token may work on. A token that is not active may work on none.
 * @param id the account that the path names, if any
 */
function deployableAccount(state: CloudState, apiToken: string, id?: string): CloudflareAccount | undefined {
  return [...state.accounts.values()].find(
    (account) =>
      account.deployTokens.has(apiToken) &&
      statusOf(account.deployTokenLimits.get(apiToken)) === "active" &&
      (id === undefined || account.id === id),
  );
}

async function sendRaw({ response }: Exchange, answer: Response): Promise<void> {
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, { ...Object.fromEntries(answer.headers), "content-length": body.length });
  response.end(body);
}
