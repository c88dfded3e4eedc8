/**
 * Resource Manager: a project and its policy. Everybody may ask which permissions they have. Source:
 * Google's Resource Manager v1 reference (projects).
 */
import { mayDo } from "../../google-auth/identity.ts";
import { refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import { resourceType } from "../resource-type.ts";
import { googleRoute, NO_PERMISSION } from "./call.ts";
import { policyToApi, replacePolicy } from "./policy.ts";

const MEMBER = resourceType("gcp:projects/iAMMember:IAMMember");
const PATH = "/v1/projects/:project";

export const projectRoutes = [
  googleRoute("resourcemanager.projects.getIamPolicy", "POST", `${PATH}\\:getIamPolicy`, ({ project }) =>
    policyToApi(project.policy),
  ),

  googleRoute("resourcemanager.projects.setIamPolicy", "POST", `${PATH}\\:setIamPolicy`, ({ state, project, body }) =>
    replacePolicy(project.policy, body.policy ?? {}, {
      add: (role, member) => MEMBER.create(state, { project: project.id, role, member }, {}),
      remove: (role, member) => MEMBER.delete(state, "", { project: project.id, role, member }),
    }),
  ),

  googleRoute(NO_PERMISSION, "POST", `${PATH}\\:testIamPermissions`, ({ project, member, body }) => {
    const { permissions = [] } = body;
    const isList = Array.isArray(permissions) && permissions.every((name) => /^[a-zA-Z]+(\.[a-zA-Z]+)+$/.test(name));
    ensure(isList, refusal(400, "Request contains an invalid argument."));
    const held = permissions.filter((permission: string) => mayDo(project, member, permission));
    return held.length > 0 ? { permissions: held } : {};
  }),

  googleRoute("resourcemanager.projects.get", "GET", PATH, ({ project }) => ({
    projectId: project.id,
    projectNumber: project.number,
    name: project.id,
    lifecycleState: project.lifecycleState,
  })),
];
