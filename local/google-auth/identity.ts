/**
 * Who a Google access token stands for, and what that identity may do: grants by predefined and custom roles, on a project
 * and on a service account. Source: Google's IAM reference.
 */
import { bearerToken, type Exchange } from "../http/exchange.ts";
import type { CloudState, GoogleProject, IamPolicy, ServiceAccount } from "../state/index.ts";

export const PREDICT = "aiplatform.endpoints.predict";
export const GET_ACCESS_TOKEN = "iam.serviceAccounts.getAccessToken";

/** Predefined roles, with those of their permissions that matter here. */
const ROLES: ReadonlyMap<string, readonly string[]> = new Map([
  ["roles/owner", [PREDICT]],
  ["roles/aiplatform.user", [PREDICT]],
  ["roles/iam.workloadIdentityUser", [GET_ACCESS_TOKEN]],
  ["roles/iam.serviceAccountTokenCreator", [GET_ACCESS_TOKEN]],
]);
const PRINCIPAL =
  /^principal:\/\/iam\.googleapis\.com\/projects\/(\d+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/subject\/(.+)$/;

/** As policies name the identity; undefined where Google issued no such token, or where the identity is gone. */
export function memberOf(exchange: Exchange, state: CloudState): string | undefined {
  const token = state.accessTokens.get(bearerToken(exchange) ?? "");
  if (!token || token.expiresAtMs < Date.now()) return undefined;
  return exists(state, token.member) ? token.member : undefined;
}

/** @param member `serviceAccount:…`, `principal://…` or any other, which is taken to exist */
export function exists(state: CloudState, member: string): boolean {
  const email = /^serviceAccount:(.+)$/.exec(member)?.[1];
  if (email) return accountByEmail(state, email) !== undefined;
  const [, number = "", poolId = ""] = PRINCIPAL.exec(member) ?? [];
  if (number === "") return !member.startsWith("principal:");
  const pool = projectByNumber(state, number)?.pools.get(poolId);
  return pool !== undefined && !pool.deleted && !pool.disabled;
}

/** Of a subject of a workload identity pool. */
export function principal(project: GoogleProject, poolId: string, subject: string): string {
  const pool = `projects/${project.number}/locations/global/workloadIdentityPools/${poolId}`;
  return `principal://iam.googleapis.com/${pool}/subject/${subject}`;
}

export function holds(policy: IamPolicy, member: string, permission: string, project: GoogleProject): boolean {
  return [...policy].some(
    ([role, members]) => members.has(member) && permissionsOf(role, project).includes(permission),
  );
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

/** A custom role that is deleted grants nothing. */
function permissionsOf(role: string, project: GoogleProject): readonly string[] {
  const id = new RegExp(`^projects/${project.id}/roles/(.+)$`).exec(role)?.[1];
  const custom = id === undefined ? undefined : project.customRoles.get(id);
  if (custom) return custom.deleted ? [] : [...custom.permissions];
  return ROLES.get(role) ?? [];
}
