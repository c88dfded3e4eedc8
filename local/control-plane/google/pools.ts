/**
 * Workload identity pools. Every change is a long-running operation. A deleted pool can still be
 * read, with the state DELETED.
 */
import { refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CloudState, GoogleProject, WorkloadIdentityPool } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { applyMask, googleRoute, page } from "./call.ts";
import { startOperation } from "./operations.ts";

const POOL = resourceType("gcp:iam/workloadIdentityPool:WorkloadIdentityPool");
export const POOLS_PATH = "/v1/projects/:project/locations/global/workloadIdentityPools";

export const poolRoutes = [
  googleRoute("iam.workloadIdentityPools.list", "GET", POOLS_PATH, ({ project, query }) => {
    const shown = [...project.pools.values()].filter(({ deleted }) => !deleted || query.get("showDeleted") === "true");
    return page(
      "workloadIdentityPools",
      shown.map((pool) => toApi(project, pool)),
      query,
    );
  }),

  googleRoute("iam.workloadIdentityPools.create", "POST", POOLS_PATH, async ({ state, project, body, query }) => {
    const id = query.get("workloadIdentityPoolId") ?? "";
    await POOL.create(state, { ...body, project: project.id, workloadIdentityPoolId: id }, {});
    return operationFor(state, project, poolOf(project, id));
  }),

  googleRoute(
    "iam.workloadIdentityPools.get",
    "GET",
    `${POOLS_PATH}/:pool\\:listAttestationRules`,
    ({ project, params }) => {
      poolOf(project, params.pool);
      return {};
    },
  ),

  googleRoute("iam.workloadIdentityPools.get", "GET", `${POOLS_PATH}/:pool`, ({ project, params }) =>
    toApi(project, poolOf(project, params.pool)),
  ),

  googleRoute("iam.workloadIdentityPools.update", "PATCH", `${POOLS_PATH}/:pool`, (call) => {
    const { state, project, params, body, query } = call;
    const pool = poolOf(project, params.pool);
    const { displayName, description, disabled } = applyMask(pool, body, query.get("updateMask"));
    const inputs = { displayName, description, disabled, project: project.id, workloadIdentityPoolId: pool.id };
    POOL.update(state, poolName(project, pool), inputs);
    return operationFor(state, project, pool);
  }),

  googleRoute("iam.workloadIdentityPools.delete", "DELETE", `${POOLS_PATH}/:pool`, ({ state, project, params }) => {
    const pool = livePool(project, params.pool);
    POOL.delete(state, poolName(project, pool), { project: project.id, workloadIdentityPoolId: pool.id });
    return operationFor(state, project, pool);
  }),
];

export function livePool(project: GoogleProject, id: string): WorkloadIdentityPool {
  const found = poolOf(project, id);
  ensure(!found.deleted, refusal(404, "Requested entity was not found."));
  return found;
}

export function poolOf(project: GoogleProject, id: string): WorkloadIdentityPool {
  const found = project.pools.get(id);
  ensure(found, refusal(404, "Requested entity was not found."));
  return found;
}

export function poolName({ number }: GoogleProject, { id }: Pick<WorkloadIdentityPool, "id">): string {
  return `projects/${number}/locations/global/workloadIdentityPools/${id}`;
}

/** The members that pools and providers share. Unset members are left out. */
export function identityToApi(
  name: string,
  identity: Pick<WorkloadIdentityPool, "displayName" | "description" | "disabled" | "deleted" | "expireTime">,
) {
  const { displayName, description, disabled, deleted, expireTime } = identity;
  return {
    name,
    state: deleted ? "DELETED" : "ACTIVE",
    ...(displayName ? { displayName } : {}),
    ...(description ? { description } : {}),
    ...(disabled ? { disabled } : {}),
    ...(deleted && expireTime ? { expireTime } : {}),
  };
}

function toApi(project: GoogleProject, pool: WorkloadIdentityPool) {
  return identityToApi(poolName(project, pool), pool);
}

function operationFor(state: CloudState, project: GoogleProject, pool: WorkloadIdentityPool) {
  return startOperation(state, toApi(project, pool), poolName(project, pool));
}
