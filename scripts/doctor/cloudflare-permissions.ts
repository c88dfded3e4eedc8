/**
 * Which permissions of docs/security.md the deployer's token has, as far as reads can tell: a token
 * cannot list its own permissions, and a read succeeds with Read and with Edit.
 */
import { z } from "zod";
import type { Settings } from "../../infra/settings/index.ts";
import type { Answer } from "../clouds/api-client.ts";
import { describeRefusal } from "../clouds/api-client.ts";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import { type TokenKind, tokensPage } from "./cloudflare-token.ts";
import { type Found, fine, note, problem, unanswered, unknown } from "./found.ts";
import type { Subject } from "./subject.ts";

export interface Permission {
  /** As the dashboard writes it. */
  name: string;
  /** What needs it. */
  purpose: string;
  isNeeded(settings: Settings): boolean;
  probe(api: CloudflareApi, settings: Settings): Promise<Answer<unknown>>;
  /** Whether nothing that `pulumi up` does needs it. */
  isOptional?: true;
}

export interface Probed {
  /** By the permission's name. */
  answers: ReadonlyMap<string, Answer<unknown>>;
  /** Of one answer, for its date. */
  headers: Headers;
  answeredMs: number;
}

const LIST = z.array(z.unknown());
const ONE = { per_page: 5 };
const inAccount =
  (path: string): Permission["probe"] =>
  (api, { cloudflareAccountId }) =>
    api.get(`accounts/${cloudflareAccountId}/${path}`, LIST, ONE);
const inZone =
  (path: string): Permission["probe"] =>
  (api, { domain }) =>
    api.get(`zones/${domain?.zoneId}/${path}`, LIST, ONE);
const hasDomain = ({ domain }: Settings) => domain !== undefined;

export const PERMISSIONS = {
  aiGateway: {
    name: "AI Gateway: Edit",
    purpose: "the gateway",
    isNeeded: () => true,
    probe: inAccount("ai-gateway/gateways"),
  },
  workersScripts: {
    name: "Workers Scripts: Edit",
    purpose: "the Worker",
    isNeeded: () => true,
    probe: inAccount("workers/scripts"),
  },
  accountApiTokens: {
    name: "Account API Tokens: Edit",
    purpose: "minting the run token; a given gatewayToken needs none",
    isNeeded: ({ gatewayToken }) => gatewayToken === undefined,
    probe: inAccount("tokens"),
  },
  workersRoutes: {
    name: "Workers Routes: Edit",
    purpose: "domain",
    isNeeded: hasDomain,
    probe: inZone("workers/routes"),
  },
  dns: { name: "DNS: Edit", purpose: "domain", isNeeded: hasDomain, probe: inZone("dns_records") },
  access: {
    name: "Access: Apps and Policies: Edit",
    purpose: "access",
    isNeeded: ({ access }) => access !== undefined,
    probe: inAccount("access/apps"),
  },
  observability: {
    name: "Workers Observability: Edit",
    purpose: "npm run explain and npm run status",
    isNeeded: () => true,
    isOptional: true,
    probe: (api, { cloudflareAccountId }) => {
      const now = Date.now();
      const timeframe = { from: now - 60_000, to: now };
      const query = { queryId: "doctor", timeframe, view: "events", limit: 1, dry: true };
      return api.query(`accounts/${cloudflareAccountId}/workers/observability/telemetry/query`, query, z.unknown());
    },
  },
} as const satisfies Readonly<Record<string, Permission>>;

const ALL: readonly Permission[] = Object.values(PERMISSIONS);

/**
 * Whether the token may do anything in the account. If it may not, this line says so, and not one
 * line for each permission.
 */
export async function probedAccount(
  api: CloudflareApi,
  { settings }: Subject,
  kind: TokenKind,
): Promise<Found<Probed>> {
  const needed = ALL.filter((permission) => permission.isNeeded(settings));
  const answered = await Promise.all(
    needed.map(async (permission) => {
      const answer = await permission.probe(api, settings);
      return { permission, answer, answeredMs: Date.now() };
    }),
  );
  const answers = new Map(answered.map(({ permission, answer }) => [permission.name, answer]));
  for (const { answer, answeredMs } of answered) {
    if (answer.kind !== "ok") continue;
    return fine(settings.cloudflareAccountId, { answers, headers: answer.headers, answeredMs });
  }
  const silent = answered.flatMap(({ answer }) => (answer.kind === "unreachable" ? [answer] : []))[0];
  if (silent) return unanswered(silent);
  return problem(
    `the token may read nothing in the account ${settings.cloudflareAccountId}: it is of another account, or has no permissions`,
    `pulumi config set cloudflareAccountId ACCOUNT_ID, or add the permissions of docs/security.md: ${tokensPage(kind)}`,
  );
}

export function permission(
  { name, purpose, isNeeded, isOptional }: Permission,
  { settings }: Subject,
  { answers }: Probed,
  kind: TokenKind,
): Found<undefined> {
  const answer = answers.get(name);
  if (!isNeeded(settings) || answer === undefined) return fine(`not needed (${purpose})`);
  if (answer.kind === "ok") return fine("may read; whether it may also edit, no read can tell");
  if (answer.kind === "unreachable") return unanswered(answer);
  const cure = `add ${name} to the token: ${tokensPage(kind)}`;
  if (answer.status !== 403 && answer.status !== 401) return unknown(describeRefusal(answer), cure);
  const text = `the token lacks it (needed for ${purpose})`;
  return isOptional ? note(text, cure) : problem(text, cure);
}
