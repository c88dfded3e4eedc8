/** OIDC providers of workload identity pools, with uploaded keys. */
import { refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CloudState, GoogleProject, WorkloadIdentityPool, WorkloadIdentityProvider } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { applyMask, googleRoute, page } from "./call.ts";
import { startOperation } from "./operations.ts";
import { identityToApi, livePool, POOLS_PATH, poolName, poolOf } from "./pools.ts";

const PROVIDER = resourceType("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider");
const PATH = `${POOLS_PATH}/:pool/providers` as const;

export const providerRoutes = [
  googleRoute("iam.workloadIdentityPoolProviders.list", "GET", PATH, ({ project, params, query }) => {
    const pool = poolOf(project, params.pool);
    const shown = [...pool.providers.values()].filter(({ deleted }) => !deleted || query.get("showDeleted") === "true");
    return page(
      "workloadIdentityPoolProviders",
      shown.map((provider) => toApi(project, pool, provider)),
      query,
    );
  }),

  googleRoute("iam.workloadIdentityPoolProviders.create", "POST", PATH, async (call) => {
    const { state, project, params, body, query } = call;
    const pool = livePool(project, params.pool);
    const id = query.get("workloadIdentityPoolProviderId") ?? "";
    await PROVIDER.create(state, { ...body, ...ids(project, pool, id) }, {});
    return operationFor(state, project, pool, providerOf(pool, id));
  }),

  googleRoute("iam.workloadIdentityPoolProviders.get", "GET", `${PATH}/:provider`, ({ project, params }) => {
    const pool = poolOf(project, params.pool);
    return toApi(project, pool, providerOf(pool, params.provider));
  }),

  googleRoute("iam.workloadIdentityPoolProviders.update", "PATCH", `${PATH}/:provider`, (call) => {
    const { state, project, params, body, query } = call;
    const pool = livePool(project, params.pool);
    const provider = providerOf(pool, params.provider);
    const { name, state: _state, ...current } = toApi(project, pool, provider);
    const wanted = applyMask(current, body, query.get("updateMask"));
    PROVIDER.update(state, name, { ...wanted, ...ids(project, pool, provider.id) });
    return operationFor(state, project, pool, provider);
  }),

  googleRoute(
    "iam.workloadIdentityPoolProviders.delete",
    "DELETE",
    `${PATH}/:provider`,
    ({ state, project, params }) => {
      const pool = livePool(project, params.pool);
      const provider = providerOf(pool, params.provider);
      ensure(!provider.deleted, refusal(404, "Requested entity was not found."));
      PROVIDER.delete(state, `${poolName(project, pool)}/providers/${provider.id}`, ids(project, pool, provider.id));
      return operationFor(state, project, pool, provider);
    },
  ),
];

function ids(project: GoogleProject, pool: WorkloadIdentityPool, id: string) {
  return { project: project.id, workloadIdentityPoolId: pool.id, workloadIdentityPoolProviderId: id };
}

function providerOf({ providers }: WorkloadIdentityPool, id: string): WorkloadIdentityProvider {
  const found = providers.get(id);
  ensure(found, refusal(404, "Requested entity was not found."));
  return found;
}

function toApi(project: GoogleProject, pool: WorkloadIdentityPool, provider: WorkloadIdentityProvider) {
  const { attributeMapping, issuerUri, jwksJson, allowedAudiences } = provider;
  return {
    ...identityToApi(`${poolName(project, pool)}/providers/${provider.id}`, provider),
    attributeMapping,
    oidc: { issuerUri, jwksJson, ...(allowedAudiences.length > 0 ? { allowedAudiences } : {}) },
  };
}

function operationFor(
  state: CloudState,
  project: GoogleProject,
  pool: WorkloadIdentityPool,
  provider: WorkloadIdentityProvider,
) {
  const response = toApi(project, pool, provider);
  return startOperation(state, response, response.name);
}
