/**
 * Decides which identity a Google access token belongs to, and what that identity may do. Grants
 * are by predefined and custom roles, on a project or a service account. Source: Google's IAM
 * reference.
 */
import { bearerToken, type Exchange } from "../http/exchange.ts";
import type { CloudState, GoogleProject, IamPolicy, ServiceAccount } from "../state/index.ts";

export const PREDICT = "aiplatform.endpoints.predict";
export const GET_ACCESS_TOKEN = "iam.serviceAccounts.getAccessToken";

/** Predefined roles with the permissions that this project uses. */
const ROLES: ReadonlyMap<string, readonly string[]> = new Map([
  ["roles/owner", [PREDICT]],
  ["roles/aiplatform.user", [PREDICT]],
  ["roles/iam.workloadIdentityUser", [GET_ACCESS_TOKEN]],
  ["roles/iam.serviceAccountTokenCreator", [GET_ACCESS_TOKEN]],
  ["roles/browser", ["resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy"]],
  ["roles/orgpolicy.policyViewer", ["orgpolicy.policy.get"]],
  ["roles/resourcemanager.projectIamAdmin", methods("resourcemanager.projects", "get getIamPolicy setIamPolicy")],
  [
    "roles/serviceusage.serviceUsageAdmin",
    ["serviceusage.quotas.get", ...methods("serviceusage.services", "list get enable disable")],
  ],
  [
    "roles/iam.serviceAccountAdmin",
    methods("iam.serviceAccounts", "create get list update delete getIamPolicy setIamPolicy"),
  ],
  ["roles/iam.serviceAccountKeyAdmin", methods("iam.serviceAccountKeys", "create get list delete")],
  ["roles/iam.roleAdmin", methods("iam.roles", "create get list update delete undelete")],
  [
    "roles/iam.workloadIdentityPoolAdmin",
    ["iam.workloadIdentityPools", "iam.workloadIdentityPoolProviders"].flatMap((resource) =>
      methods(resource, "create get list update delete undelete"),
    ),
  ],
]);
const PRINCIPAL = new RegExp(
  "^principal://iam\\.googleapis\\.com/projects/(\\d+)/locations/global" +
    "/workloadIdentityPools/([^/]+)/subject/(.+)$",
);

/**
 * The token's identity as policies name it. Undefined when Google did not issue the token, when it
 * has expired, or when the identity no longer exists.
 */
export function memberOf(exchange: Exchange, state: CloudState): string | undefined {
  const token = state.accessTokens.get(bearerToken(exchange) ?? "");
  if (!token || token.expiresAtMs < Date.now()) return undefined;
  return exists(state, token.member) ? token.member : undefined;
}

/**
 * @param member `serviceAccount:…` or `principal://…`, which the state must contain; members of
 *   other kinds always exist
 */
export function exists(state: CloudState, member: string): boolean {
  const email = /^serviceAccount:(.+)$/.exec(member)?.[1];
  if (email) return accountByEmail(state, email) !== undefined;
  const [, number = "", poolId = ""] = PRINCIPAL.exec(member) ?? [];
  if (number === "") return !member.startsWith("principal:");
  const pool = projectByNumber(state, number)?.pools.get(poolId);
  return pool !== undefined && !pool.deleted && !pool.disabled;
}

/** The identity of a workload identity pool's subject. */
export function principal(project: GoogleProject, poolId: string, subject: string): string {
  const pool = `projects/${project.number}/locations/global/workloadIdentityPools/${poolId}`;
  return `principal://iam.googleapis.com/${pool}/subject/${subject}`;
}

export function holds(policy: IamPolicy, member: string, permission: string, project: GoogleProject): boolean {
  return [...policy].some(
    ([role, members]) => members.has(member) && permissionsOf(role, project).includes(permission),
  );
}

/** Whether an identity may do something with a project. Its owner may do everything. */
export function mayDo(project: GoogleProject, member: string, permission: string): boolean {
  const isOwner = project.policy.get("roles/owner")?.has(member) ?? false;
  return isOwner || holds(project.policy, member, permission, project);
}

export function accountByEmail(
  state: CloudState,
  email: string,
): { account: ServiceAccount; project: GoogleProject } | undefined {
  for (const project of state.projects.values()) {
    const account = project.serviceAccounts.get(email);
    if (account) return { account, project };
  }
  return undefined;
}

export function projectByNumber(state: CloudState, number: string): GoogleProject | undefined {
  return [...state.projects.values()].find((project) => project.number === number);
}

/** A deleted custom role grants nothing. */
function permissionsOf(role: string, project: GoogleProject): readonly string[] {
  const id = new RegExp(`^projects/${project.id}/roles/(.+)$`).exec(role)?.[1];
  const custom = id === undefined ? undefined : project.customRoles.get(id);
  if (custom) return custom.deleted ? [] : [...custom.permissions];
  return ROLES.get(role) ?? [];
}

function methods(resource: string, names: string): string[] {
  return names.split(" ").map((name) => `${resource}.${name}`);
}
