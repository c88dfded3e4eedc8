/**
 * Google's control plane. Each host serves one API, which must be enabled in the project. The
 * caller must own the project or hold the method's permission on it, unless the method needs none. Sources: the real provider;
 * Google's IAM reference.
 */

import { mayDo, memberOf, projectByNumber } from "../../google-auth/identity.ts";
import type { CloudContext } from "../../http/context.ts";
import { type Exchange, jsonBody, sendJson } from "../../http/exchange.ts";
import { match } from "../../http/router.ts";
import { projectOf, refusal, requireService } from "../../resources/google/project.ts";
import { ensure, type Inputs } from "../../resources/resource-type.ts";
import type { CloudState, GoogleProject } from "../../state/index.ts";
import { toErrorAnswer } from "../error-answer.ts";
import { billingRoutes } from "./billing.ts";
import { type GoogleRoute, NO_PERMISSION } from "./call.ts";
import { keyRoutes } from "./keys.ts";
import { modelRoutes } from "./models.ts";
import { operationRoutes } from "./operations.ts";
import { orgPolicyRoutes } from "./org-policies.ts";
import { poolRoutes } from "./pools.ts";
import { projectRoutes } from "./projects.ts";
import { providerRoutes } from "./providers.ts";
import { quotaRoutes } from "./quotas.ts";
import { roleRoutes } from "./roles.ts";
import { serviceAccountRoutes } from "./service-accounts.ts";
import { serviceRoutes } from "./services.ts";

const VERTEX = "aiplatform.googleapis.com";
/** It must be enabled in the caller's project, which may be another one. So it is not checked. */
const BILLING = "cloudbilling.googleapis.com";
const ROUTES: Readonly<Record<string, readonly GoogleRoute[]>> = {
  [VERTEX]: modelRoutes,
  [BILLING]: billingRoutes,
  "cloudresourcemanager.googleapis.com": [...orgPolicyRoutes, ...projectRoutes],
  "iam.googleapis.com": [...keyRoutes, ...serviceAccountRoutes, ...roleRoutes, ...providerRoutes, ...poolRoutes],
  "serviceusage.googleapis.com": [...quotaRoutes, ...serviceRoutes],
};

/** Google's name of a status, for refusals without their own name. Source: AIP-193. */
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
    const { status: code, reason: status = REASONS[code] ?? "UNKNOWN", message, details } = toErrorAnswer(error);
    sendJson(exchange, code, { error: { code, message, status, details } });
  }
}

function answer(exchange: Exchange, state: CloudState): object | Promise<object> {
  const member = memberOf(exchange, state);
  ensure(member, refusal(401, "Request had invalid authentication credentials."));
  const operation = match(operationRoutes, exchange);
  if (operation) return operation.route.handle({ state, params: operation.params });

  const service = exchange.host.endsWith(VERTEX) ? VERTEX : exchange.host;
  const matched = match(ROUTES[service] ?? [], exchange);
  ensure(matched, refusal(404, `The requested URL ${exchange.path} was not found on this server.`));
  const { route, params } = matched;
  const project = projectNamed(state, params.project ?? "");
  const isPermitted = route.permission === NO_PERMISSION || mayDo(project, member, route.permission);
  const resource = `//${service}/projects/${project.id}`;
  ensure(
    isPermitted,
    refusal(403, `Permission '${route.permission}' denied on resource '${resource}' (or it may not exist).`),
  );
  if (service !== BILLING) requireService(project, service);
  const body = (jsonBody(exchange) ?? {}) as Inputs;
  return route.handle({ state, project, member, host: exchange.host, query: exchange.query, body, params });
}

/** A path names the project by id or by number. */
function projectNamed(state: CloudState, name: string): GoogleProject {
  return projectByNumber(state, name) ?? projectOf(state, name);
}
