/**
 * Custom roles of a project. A deleted role keeps its id and can be restored. Source for the texts:
 * captures in public issues.
 */
import { refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { CustomRole, GoogleProject } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { applyMask, googleRoute, page } from "./call.ts";
import { etagOf } from "./etag.ts";

const ROLE = resourceType("gcp:projects/iAMCustomRole:IAMCustomRole");
const PATH = "/v1/projects/:project/roles";

export const roleRoutes = [
  googleRoute("iam.roles.list", "GET", PATH, ({ project, query }) => {
    const shown = [...project.customRoles].filter(([, { deleted }]) => !deleted || query.get("showDeleted") === "true");
    const roles = shown.map(([id, role]) => {
      const { includedPermissions, ...basic } = toApi(project, id, role);
      return query.get("view") === "FULL" ? { ...basic, includedPermissions } : basic;
    });
    return page("roles", roles, query);
  }),

  googleRoute("iam.roles.create", "POST", PATH, async ({ state, project, body }) => {
    const { roleId = "", role = {} } = body;
    const taken = project.customRoles.get(roleId);
    ensure(taken?.deleted !== false, refusal(409, `A role named ${roleId} in projects/${project.id} already exists.`));
    const isDeleted =
      `You can't create a role with role_id (${roleId}) where there is an existing role ` +
      "with that role_id in a deleted state.";
    ensure(!taken, refusal(400, isDeleted, { reason: "FAILED_PRECONDITION" }));
    await ROLE.create(state, { ...inputs(role), project: project.id, roleId }, {});
    return toApi(project, roleId, roleOf(project, roleId));
  }),

  googleRoute("iam.roles.undelete", "POST", `${PATH}/:role\\:undelete`, ({ project, params }) => {
    const role = roleOf(project, params.role);
    ensure(
      role.deleted,
      refusal(400, `The role named ${params.role} is not deleted.`, {
        reason: "FAILED_PRECONDITION",
      }),
    );
    role.deleted = false;
    return toApi(project, params.role, role);
  }),

  googleRoute("iam.roles.get", "GET", `${PATH}/:role`, ({ project, params }) =>
    toApi(project, params.role, roleOf(project, params.role)),
  ),

  googleRoute("iam.roles.update", "PATCH", `${PATH}/:role`, ({ state, project, params, body, query }) => {
    const role = roleOf(project, params.role);
    const sent = applyMask(toApi(project, params.role, role), body, query.get("updateMask"));
    const changed = { ...inputs(sent), project: project.id, roleId: params.role };
    ROLE.update(state, nameOf(project, params.role), changed);
    return toApi(project, params.role, role);
  }),

  googleRoute("iam.roles.delete", "DELETE", `${PATH}/:role`, ({ state, project, params }) => {
    const role = roleOf(project, params.role);
    const { title } = role;
    ROLE.delete(state, nameOf(project, params.role), { project: project.id, roleId: params.role, title });
    return toApi(project, params.role, role);
  }),
];

function inputs({ includedPermissions, title, description, stage }: Readonly<Record<string, unknown>>) {
  return { permissions: includedPermissions, title, description, stage };
}

function nameOf(project: GoogleProject, id: string): string {
  return `projects/${project.id}/roles/${id}`;
}

function roleOf(project: GoogleProject, id: string): CustomRole {
  const found = project.customRoles.get(id);
  ensure(found, refusal(404, `The role named ${nameOf(project, id)} was not found.`));
  return found;
}

function toApi(project: GoogleProject, id: string, { title, description, stage, permissions, deleted }: CustomRole) {
  const role = { title, ...(description ? { description } : {}), includedPermissions: [...permissions], stage };
  return { name: nameOf(project, id), ...role, etag: etagOf(role), ...(deleted ? { deleted } : {}) };
}
