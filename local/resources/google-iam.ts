/** Enabled APIs, custom roles, and grants on a project or a service account. Limits and texts: docs/fidelity.md. */
import { exists } from "../google-identity.ts";
import type { CloudState, GoogleProject, IamPolicy } from "../state.ts";
import { accountByName, projectOf, requireService } from "./google-project.ts";
import { type Inputs, type ResourceKind, require } from "./kind.ts";

const KNOWN_SERVICES = new Set([
  "aiplatform.googleapis.com",
  "cloudresourcemanager.googleapis.com",
  "iam.googleapis.com",
  "iamcredentials.googleapis.com",
  "serviceusage.googleapis.com",
  "sts.googleapis.com",
]);

const service: ResourceKind = {
  computed: [],
  replaceOn: ["project", "service"],
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    requireService(project, "serviceusage.googleapis.com");
    require(KNOWN_SERVICES.has(
      inputs.service,
    ), `Error 403: Not found or permission denied for service ${inputs.service}.`);
    project.enabledServices.add(inputs.service);
    return { id: `${project.id}/${inputs.service}`, outputs: { ...inputs } };
  },
  read: (state, _id, inputs) =>
    projectOf(state, inputs.project).enabledServices.has(inputs.service) ? { ...inputs } : undefined,
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, _id, inputs) {
    if (inputs.disableOnDestroy === true) projectOf(state, inputs.project).enabledServices.delete(inputs.service);
  },
};

const projectMember: ResourceKind = {
  computed: ["etag"],
  replaceOn: ["project", "role", "member", "condition"],
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    requireService(project, "cloudresourcemanager.googleapis.com");
    requireRole(project, inputs.role);
    requireMember(state, inputs.member);
    members(project.policy, inputs.role).add(inputs.member);
    return { id: `${project.id}/${inputs.role}/${inputs.member}`, outputs: { ...inputs } };
  },
  read: (state, _id, inputs) =>
    members(projectOf(state, inputs.project).policy, inputs.role).has(inputs.member) ? { ...inputs } : undefined,
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, _id, inputs) {
    members(projectOf(state, inputs.project).policy, inputs.role).delete(inputs.member);
  },
};

const serviceAccountMember: ResourceKind = {
  computed: ["etag"],
  replaceOn: ["serviceAccountId", "role", "member", "condition"],
  create(state, inputs) {
    const { serviceAccountId: name, role, member } = inputs;
    const isName = /^projects\/[^/]+\/serviceAccounts\/[^/]+$/.test(name);
    require(isName, `"service_account_id" (${JSON.stringify(name)}) doesn't match projects/…/serviceAccounts/…`);
    const account = accountByName(state, name);
    requireMember(state, member);
    members(account.policy, role).add(member);
    return { id: `${name}/${role}/${member}`, outputs: { ...inputs } };
  },
  read: (state, _id, { serviceAccountId, role, member, ...more }) =>
    members(accountByName(state, serviceAccountId).policy, role).has(member)
      ? { ...more, serviceAccountId, role, member }
      : undefined,
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, _id, { serviceAccountId, role, member }) {
    members(accountByName(state, serviceAccountId).policy, role).delete(member);
  },
};

/** Deleting is soft: a live role of the same id is refused, a deleted one is brought back and changed. */
const customRole: ResourceKind = {
  computed: ["deleted", "name"],
  replaceOn: ["project", "roleId"],
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    requireService(project, "iam.googleapis.com");
    const id: string = inputs.roleId;
    require(/^[a-zA-Z0-9_.]{3,64}$/.test(
      id,
    ), `"role_id" (${JSON.stringify(id)}) doesn't match "^[a-zA-Z0-9_\\.]{3,64}$"`);
    const name = `projects/${project.id}/roles/${id}`;
    const live = project.customRoles.get(id)?.deleted === false;
    require(!live, `Custom project role ${name} already exists and must be imported`);
    project.customRoles.set(id, { ...roleSettings(inputs), deleted: false });
    return { id: name, outputs: { ...inputs, name, deleted: false } };
  },
  read(state, id, inputs) {
    const role = projectOf(state, inputs.project).customRoles.get(inputs.roleId);
    return (
      role && { ...inputs, name: id, title: role.title, permissions: [...role.permissions], deleted: role.deleted }
    );
  },
  update(state, id, inputs) {
    const role = projectOf(state, inputs.project).customRoles.get(inputs.roleId);
    require(role && !role.deleted, `Error 404: The role named ${id} was not found.`);
    Object.assign(role, roleSettings(inputs));
    return { ...inputs, name: id, deleted: false };
  },
  delete(state, id, inputs) {
    const role = projectOf(state, inputs.project).customRoles.get(inputs.roleId);
    const { title } = inputs;
    require(role && !role.deleted, `Error deleting the custom project role ${title}: Error 404: ${id} was not found.`);
    role.deleted = true;
  },
};

export const iamResources: Readonly<Record<string, ResourceKind>> = {
  "gcp:projects/service:Service": service,
  "gcp:projects/iAMMember:IAMMember": projectMember,
  "gcp:projects/iAMCustomRole:IAMCustomRole": customRole,
  "gcp:serviceaccount/iAMMember:IAMMember": serviceAccountMember,
};

function roleSettings({ title, permissions }: Inputs) {
  require(Array.isArray(permissions) && permissions.length > 0, "Attribute permissions requires 1 item minimum");
  for (const permission of permissions) {
    const isPermission = /^[a-zA-Z]+(\.[a-zA-Z]+){2}$/.test(permission);
    require(isPermission, `Error 400: Permission ${permission} is not valid.`);
  }
  return { title, permissions: new Set<string>(permissions) };
}

/** A role of a project's own must be there; predefined roles are Google's. */
function requireRole(project: GoogleProject, role: string): void {
  const [, owner, id = ""] = /^projects\/([^/]+)\/roles\/(.+)$/.exec(role) ?? [];
  if (owner === undefined) return;
  const found = owner === project.id ? project.customRoles.get(id) : undefined;
  require(found && !found.deleted, `Error 400: Role ${role} is not supported for this resource.`);
}

function requireMember(state: CloudState, member: string): void {
  const [kind, ...rest] = member.split(":");
  const isKnownKind = (kind === "serviceAccount" || kind === "principal") && rest.join(":") !== "";
  require(isKnownKind, `Error 400: invalid value ${JSON.stringify(member)} for member`);
  const missing = kind === "principal" ? "Identity Pool" : "Service account";
  require(exists(state, member), `Error 400: ${missing} ${rest.join(":")} does not exist.`);
}

function members(policy: IamPolicy, role: string): Set<string> {
  const found = policy.get(role) ?? new Set();
  policy.set(role, found);
  return found;
}
