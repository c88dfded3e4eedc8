/**
 * Custom roles. A deleted role keeps its id. Creating a role with that id restores and changes it,
 * and creating a role with an existing id is refused. A refresh shows that a role was deleted, but
 * Pulumi does not recreate it. Source: the real provider.
 */
import type { CloudState, CustomRole } from "../../state/index.ts";
import { anyOf, sameAsSets, sameAsUnset } from "../diff-suppression.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { projectOf, refusal, requests, requireService } from "./project.ts";

export const customRole: ResourceType = {
  computed: ["deleted", "name"],
  replaceOn: ["project", "roleId"],
  same: anyOf(sameAsSets("permissions"), sameAsUnset({ stage: ["GA"], description: [""] })),
  identify(importId) {
    const [, project, roleId] = /^projects\/([^/]+)\/roles\/([^/]+)$/.exec(importId) ?? [];
    return project === undefined ? undefined : { id: importId, inputs: { project, roleId } };
  },
  request: requests("iam.googleapis.com", ({ project, roleId }) => ({
    create: `v1/projects/${project}/roles`,
    other: `v1/projects/${project}/roles/${roleId}`,
  })),
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    requireService(project, "iam.googleapis.com");
    const id: string = inputs.roleId;
    const isId = /^[a-zA-Z0-9_.]{3,64}$/.test(id);
    ensure(isId, `"role_id" (${JSON.stringify(id)}) doesn't match "^[a-zA-Z0-9_\\.]{3,64}$"`);
    const name = `projects/${project.id}/roles/${id}`;
    const isLive = project.customRoles.get(id)?.deleted === false;
    ensure(!isLive, `Custom project role ${name} already exists and must be imported`);
    const role = { ...settingsOf(inputs), deleted: false };
    project.customRoles.set(id, role);
    return { id: name, outputs: attributes(role, inputs) };
  },
  read(state, _id, inputs) {
    const role = roleOf(state, inputs);
    return role && attributes(role, inputs);
  },
  update(state, id, inputs) {
    const role = roleOf(state, inputs);
    ensure(role && !role.deleted, refusal(404, `The role named ${id} was not found.`));
    Object.assign(role, settingsOf(inputs));
    return attributes(role, inputs);
  },
  delete(state, id, inputs) {
    const role = roleOf(state, inputs);
    const prefix = `Error deleting the custom project role ${inputs.title}: `;
    ensure(role && !role.deleted, refusal(404, `${id} was not found.`, { prefix }));
    role.deleted = true;
  },
};

function roleOf(state: CloudState, inputs: Inputs): CustomRole | undefined {
  return projectOf(state, inputs.project).customRoles.get(inputs.roleId);
}

function attributes({ permissions, ...role }: CustomRole, { project, roleId }: Inputs): Record<string, unknown> {
  return { project, roleId, name: `projects/${project}/roles/${roleId}`, ...role, permissions: [...permissions] };
}

function settingsOf({ title, permissions, stage = "GA", description = "" }: Inputs) {
  ensure(Array.isArray(permissions) && permissions.length > 0, "Attribute permissions requires 1 item minimum");
  for (const permission of permissions) {
    const isPermission = /^[a-zA-Z]+(\.[a-zA-Z]+){2}$/.test(permission);
    ensure(isPermission, refusal(400, `Permission ${permission} is not valid.`));
  }
  return { title, stage, description, permissions: new Set<string>(permissions) };
}
