/** Resource Manager: a project and its policy. */

import { resourceType } from "../resource-type.ts";
import { googleRoute } from "./call.ts";
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

  googleRoute("resourcemanager.projects.get", "GET", PATH, ({ project }) => ({
    projectId: project.id,
    projectNumber: project.number,
    name: project.id,
    lifecycleState: "ACTIVE",
  })),
];
