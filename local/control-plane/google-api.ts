/**
 * Google's control plane: by host the methods of one API, which must be enabled in the project. The caller must be the
 * project's owner, or hold the method's permission there. Sources: the provider, observed; Google's IAM reference.
 */
import type { CloudContext } from "../cloud-context.ts";
import { type Exchange, jsonBody, sendJson } from "../exchange.ts";
import { holds, memberOf, projectByNumber } from "../google-identity.ts";
import { projectOf, refusal, requireService } from "../resources/google-project.ts";
import { type Inputs, require } from "../resources/kind.ts";
import type { CloudState, GoogleProject } from "../state.ts";
import type { GoogleRoute } from "./google-call.ts";
import { keyRoutes } from "./google-keys.ts";
import { modelRoutes } from "./google-models.ts";
import { operationRoutes } from "./google-operations.ts";
import { poolRoutes } from "./google-pools.ts";
import { projectRoutes } from "./google-projects.ts";
import { providerRoutes } from "./google-providers.ts";
import { roleRoutes } from "./google-roles.ts";
import { serviceAccountRoutes } from "./google-service-accounts.ts";
import { serviceRoutes } from "./google-services.ts";
import { answered } from "./refusal.ts";
import { match } from "./router.ts";

const VERTEX = "aiplatform.googleapis.com";
const ROUTES: Readonly<Record<string, readonly GoogleRoute[]>> = {
  [VERTEX]: modelRoutes,
  "cloudresourcemanager.googleapis.com": projectRoutes,
  "iam.googleapis.com": [...keyRoutes, ...serviceAccountRoutes, ...roleRoutes, ...providerRoutes, ...poolRoutes],
  "serviceusage.googleapis.com": serviceRoutes,
};

/** What a status is called where a refusal says nothing else. Source: AIP-193. */
const REASONS: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ALREADY_EXISTS",
  429: "RESOURCE_EXHAUSTED",
  501: "UNIMPLEMENTED",
};

export async function googleApi(exchange: Exchange, { state }: CloudContext): Promise<void> {
  try {
    sendJson(exchange, 200, await answer(exchange, state));
  } catch (error) {
    const { status: code, reason: status = REASONS[code] ?? "UNKNOWN", message, details } = answered(error);
    sendJson(exchange, code, { error: { code, message, status, details } });
  }
}

function answer(exchange: Exchange, state: CloudState): object | Promise<object> {
  const member = memberOf(exchange, state);
  require(member, refusal(401, "Request had invalid authentication credentials."));
  const operation = match(operationRoutes, exchange);
  if (operation) return operation.route.handle({ state, params: operation.params });

  const service = exchange.host.endsWith(VERTEX) ? VERTEX : exchange.host;
  const matched = match(ROUTES[service] ?? [], exchange);
  require(matched, refusal(404, `The requested URL ${exchange.path} was not found on this server.`));
  const { route, params } = matched;
  const project = projectNamed(state, params.project ?? "");
  const isPermitted =
    project.policy.get("roles/owner")?.has(member) || holds(project.policy, member, route.permission, project);
  const resource = `//${service}/projects/${project.id}`;
  require(isPermitted, refusal(
    403,
    `Permission '${route.permission}' denied on resource '${resource}' (or it may not exist).`,
  ));
  requireService(project, service);
  const body = (jsonBody(exchange) ?? {}) as Inputs;
  return route.handle({ state, project, host: exchange.host, query: exchange.query, body, params });
}

/** Paths name a project by its id or by its number. */
function projectNamed(state: CloudState, name: string): GoogleProject {
  return projectByNumber(state, name) ?? projectOf(state, name);
}
