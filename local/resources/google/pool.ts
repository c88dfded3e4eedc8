/**
 * Workload identity pools. A deleted pool keeps its id for 30 days. Sources for the limits: the
 * real provider; the types of @pulumi/gcp; docs/fidelity.md.
 */
import type { CloudState, WorkloadIdentityPool } from "../../state/index.ts";
import { sameAsUnset } from "../diff-suppression.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { projectOf, refusal, requests, requireService } from "./project.ts";

const ID = /^[a-z0-9-]{4,32}$/;
const NAME = /^projects\/([^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)$/;
const POOLS = "locations/global/workloadIdentityPools";
const MAX_DISPLAY_NAME = 32;

/** For pools and providers: values that mean the same as a missing argument. */
export const sameSettings = sameAsUnset({ displayName: [""], description: [""], disabled: [false] });

export const workloadIdentityPool: ResourceType = {
  computed: ["name", "state"],
  replaceOn: ["project", "workloadIdentityPoolId"],
  same: sameSettings,
  identify(importId) {
    const [, project, id] = NAME.exec(importId) ?? [];
    return project === undefined ? undefined : { id: importId, inputs: { project, workloadIdentityPoolId: id } };
  },
  request: requests("iam.googleapis.com", ({ project, workloadIdentityPoolId: id }) => ({
    create: `v1/projects/${project}/${POOLS}`,
    other: `v1/projects/${project}/${poolPath(id)}`,
  })),
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    const prefix = "Error creating WorkloadIdentityPool: ";
    requireService(project, "iam.googleapis.com", prefix);
    const id: string = inputs.workloadIdentityPoolId;
    requireId("workload_identity_pool_id", id);
    ensure(!project.pools.has(id), refusal(409, "Requested entity already exists", { prefix }));
    const created = { id, ...poolSettings(inputs), deleted: false, providers: new Map() };
    project.pools.set(id, created);
    return { id: `projects/${project.id}/${poolPath(id)}`, outputs: poolAttributes(state, created, inputs) };
  },
  read(state, _id, inputs) {
    const found = livePool(state, inputs);
    return found && poolAttributes(state, found, inputs);
  },
  update(state, id, inputs) {
    const found = livePool(state, inputs);
    ensure(found, refusal(404, `${id} was not found.`));
    Object.assign(found, poolSettings(inputs));
    return poolAttributes(state, found, inputs);
  },
  delete(state, _id, inputs) {
    const found = livePool(state, inputs);
    if (found) Object.assign(found, { deleted: true, expireTime: endOfDeletion() });
  },
};

/** When a pool or provider that is deleted now loses its id: in 30 days. */
export function endOfDeletion(): string {
  return `${new Date(Date.now() + 30 * 24 * 3_600_000).toISOString().slice(0, 19)}Z`;
}

export function requireId(name: string, id: string): void {
  ensure(!id.startsWith("gcp-"), `"${name}" (${JSON.stringify(id)}) can not start with "gcp-"`);
  ensure(ID.test(id), `"${name}" (${JSON.stringify(id)}) must have 4 to 32 characters of [a-z0-9-]`);
}

export function livePool(state: CloudState, inputs: Inputs): WorkloadIdentityPool | undefined {
  const found = projectOf(state, inputs.project).pools.get(inputs.workloadIdentityPoolId);
  return found?.deleted ? undefined : found;
}

export function poolPath(id: string): string {
  return `${POOLS}/${id}`;
}

/** The `name` output uses the project number; the resource id uses the project id. */
export function poolName(state: CloudState, inputs: Inputs): string {
  return `projects/${projectOf(state, inputs.project).number}/${poolPath(inputs.workloadIdentityPoolId)}`;
}

function poolAttributes(
  state: CloudState,
  { displayName, description, disabled }: WorkloadIdentityPool,
  inputs: Inputs,
) {
  const { project, workloadIdentityPoolId } = inputs;
  const settings = { displayName, description, disabled };
  return { project, workloadIdentityPoolId, ...settings, name: poolName(state, inputs), state: "ACTIVE" };
}

export function poolSettings({ displayName = "", description = "", disabled = false }: Inputs) {
  const isShort = displayName.length <= MAX_DISPLAY_NAME;
  ensure(isShort, refusal(400, `display_name has more than ${MAX_DISPLAY_NAME} characters`));
  return { displayName, description, disabled };
}
