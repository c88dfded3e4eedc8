/** Grants on a project or a service account. Source for what a refresh sees: the real provider. */
import { exists } from "../../google-auth/identity.ts";
import type { CloudState, GoogleProject, IamPolicy } from "../../state/index.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { accountByName, findAccount, projectOf, refusal, requests, requireService } from "./project.ts";

/** Every operation reads or writes the whole policy, so every method is POST. */
const METHODS = { create: "POST", read: "POST", update: "POST", delete: "POST" } as const;
const ACCOUNT_NAME = /^projects\/[^/]+\/serviceAccounts\/[^/]+$/;

export const projectMember: ResourceType = {
  computed: ["etag"],
  replaceOn: ["project", "role", "member", "condition"],
  identify: memberOf("project", (project, role, member) => `${project}/${role}/${member}`),
  request: requests(
    "cloudresourcemanager.googleapis.com",
    ({ project }) => ({ create: `v1/projects/${project}:setIamPolicy`, other: `v1/projects/${project}:getIamPolicy` }),
    METHODS,
  ),
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    requireService(project, "cloudresourcemanager.googleapis.com");
    requireNoCondition(inputs);
    requireRole(project, inputs.role);
    requireMember(state, inputs.member);
    members(project.policy, inputs.role).add(inputs.member);
    return { id: `${project.id}/${inputs.role}/${inputs.member}`, outputs: { ...inputs } };
  },
  read(state, _id, { project, role, member }) {
    return isGranted(projectOf(state, project).policy, role, member) ? { project, role, member } : undefined;
  },
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, _id, inputs) {
    members(projectOf(state, inputs.project).policy, inputs.role).delete(inputs.member);
  },
};

export const serviceAccountMember: ResourceType = {
  computed: ["etag"],
  replaceOn: ["serviceAccountId", "role", "member", "condition"],
  identify: memberOf("serviceAccountId", (account, role, member) => `${account}/${role}/${member}`),
  request: requests(
    "iam.googleapis.com",
    ({ serviceAccountId: name }) => ({ create: `v1/${name}:setIamPolicy`, other: `v1/${name}:getIamPolicy` }),
    METHODS,
  ),
  create(state, inputs) {
    const { serviceAccountId: name, role, member } = inputs;
    const isName = ACCOUNT_NAME.test(name);
    ensure(isName, `"service_account_id" (${JSON.stringify(name)}) doesn't match projects/…/serviceAccounts/…`);
    const account = accountByName(state, name);
    requireNoCondition(inputs);
    requireMember(state, member);
    members(account.policy, role).add(member);
    return { id: `${name}/${role}/${member}`, outputs: { ...inputs } };
  },
  read(state, _id, { serviceAccountId, role, member }) {
    const account = findAccount(state, serviceAccountId);
    return account && isGranted(account.policy, role, member) ? { serviceAccountId, role, member } : undefined;
  },
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, _id, { serviceAccountId, role, member }) {
    const account = findAccount(state, serviceAccountId);
    if (account) members(account.policy, role).delete(member);
  },
};

/** Parses an import id: what the grant is on, the role and the member, separated by spaces. */
function memberOf(
  owner: string,
  toId: (owner: string, role: string, member: string) => string,
): NonNullable<ResourceType["identify"]> {
  return (importId) => {
    const [name, role, member, ...more] = importId.split(" ");
    if (!name || !role || !member || more.length > 0) return undefined;
    return { id: toId(name, role, member), inputs: { [owner]: name, role, member } };
  };
}

function isGranted(policy: IamPolicy, role: string, member: string): boolean {
  return policy.get(role)?.has(member) === true;
}

function requireNoCondition({ condition }: Inputs): void {
  ensure(condition === undefined, "The local cloud does not support conditions of a grant.");
}

/** A custom role must exist in this project. Predefined roles always exist. */
function requireRole(project: GoogleProject, role: string): void {
  const [, owner, id = ""] = /^projects\/([^/]+)\/roles\/(.+)$/.exec(role) ?? [];
  if (owner === undefined) return;
  const found = owner === project.id ? project.customRoles.get(id) : undefined;
  ensure(found && !found.deleted, refusal(400, `Role ${role} is not supported for this resource.`));
}

function requireMember(state: CloudState, member: string): void {
  const [memberType, ...rest] = member.split(":");
  const isKnownType = (memberType === "serviceAccount" || memberType === "principal") && rest.join(":") !== "";
  ensure(isKnownType, refusal(400, `invalid value ${JSON.stringify(member)} for member`));
  const missing = memberType === "principal" ? "Identity Pool" : "Service account";
  ensure(exists(state, member), refusal(400, `${missing} ${rest.join(":")} does not exist.`));
}

function members(policy: IamPolicy, role: string): Set<string> {
  const found = policy.get(role) ?? new Set();
  policy.set(role, found);
  return found;
}
