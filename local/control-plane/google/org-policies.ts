/**
 * What an organization's policies mean for a project, for the constraints that this project knows.
 * A policy that enforces nothing, or allows everything, comes without those members. Source:
 * Google's Resource Manager v1 reference (projects.getEffectiveOrgPolicy, Policy). Whether this
 * method knows managed constraints is not known.
 */
import { refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { GoogleProject } from "../../state/index.ts";
import { googleRoute } from "./call.ts";

const PATH = "/v1/projects/:project\\:getEffectiveOrgPolicy";

const POLICIES: Readonly<Record<string, (project: GoogleProject) => object>> = {
  "constraints/iam.disableServiceAccountKeyCreation": ({ keyCreationDisabled }) => ({
    booleanPolicy: keyCreationDisabled ? { enforced: true } : {},
  }),
  "constraints/iam.managed.disableServiceAccountKeyCreation": () => ({ booleanPolicy: {} }),
  "constraints/gcp.resourceLocations": ({ resourceLocations }) => ({
    listPolicy: resourceLocations ? { allowedValues: resourceLocations } : { allValues: "ALLOW" },
  }),
};

export const orgPolicyRoutes = [
  googleRoute("orgpolicy.policy.get", "POST", PATH, ({ project, body }) => {
    const { constraint } = body;
    const policyOf = Object.hasOwn(POLICIES, String(constraint)) ? POLICIES[constraint] : undefined;
    ensure(policyOf, refusal(400, `The local cloud does not know the constraint ${constraint}.`));
    return { constraint, ...policyOf(project) };
  }),
];
