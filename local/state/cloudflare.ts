/** What an account at Cloudflare has: scripts and where they are served, tokens; its gateways are in `ai-gateway.ts`. */
import type { Gateway } from "./ai-gateway.ts";

export interface TextBinding {
  name: string;
  type: "plain_text" | "secret_text";
  text: string;
}

/** A counter for each key. All bindings with the same namespace share their counters. */
export interface RateLimitBinding {
  name: string;
  type: "ratelimit";
  /** A positive integer as text. */
  namespaceId: string;
  /** So many calls in each period, which is in seconds. */
  simple: { limit: number; period: 10 | 60 };
}

export type ScriptBinding = TextBinding | RateLimitBinding;

/** In full: the API fills in what an upload leaves out. */
export interface Observability {
  enabled: boolean;
  headSamplingRate: number;
  logs: { enabled: boolean; headSamplingRate: number; invocationLogs: boolean; persist: boolean };
  traces: { enabled: boolean; headSamplingRate: number; persist: boolean };
}

export interface Script {
  /** Whose it is: the account's custom domains decide with `subdomainEnabled` whether it is served. */
  readonly account: CloudflareAccount;
  name: string;
  content: string;
  mainModule: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  bindings: readonly ScriptBinding[];
  /** Null: never set. */
  observability: Observability | null;
  logpush: boolean;
  usageModel: string;
  /** Null: the account's default. */
  limits: { cpuMs?: number } | null;
  /** ISO 8601. */
  createdOn: string;
  modifiedOn: string;
  /** Whether it is served under workers.dev. */
  subdomainEnabled: boolean;
  /** Whether each version is served under an address of its own. */
  previewsEnabled: boolean;
}

/** A hostname of one of the account's zones that a script is served under. */
export interface CustomDomain {
  id: string;
  hostname: string;
  /** Name of the script. */
  service: string;
  zoneId: string;
  zoneName: string;
  environment: string;
}

/** What Cloudflare Access asks of those who open a hostname. */
export interface AccessApplication {
  id: string;
  /** The audience of the tokens that Access issues for it. */
  aud: string;
  /** By the names of the Pulumi schema. */
  settings: Readonly<Record<string, unknown>>;
}

export interface ApiToken {
  id: string;
  name: string;
  value: string;
  status: "active" | "disabled" | "expired";
  policies: readonly TokenPolicy[];
  /** Ids of every group that a policy grants. */
  permissionGroups: readonly string[];
}

export interface TokenPolicy {
  effect: string;
  permissionGroups: readonly { id: string }[];
  /** Resource → `*`. */
  resources: Readonly<Record<string, string>>;
}

export interface CloudflareAccount {
  id: string;
  /** The account's name under workers.dev. */
  subdomain: string;
  /** API tokens that may deploy. */
  deployTokens: Set<string>;
  gateways: Map<string, Gateway>;
  scripts: Map<string, Script>;
  tokens: Map<string, ApiToken>;
  /** Zone id → name, such as `example.com`. */
  zones: Map<string, string>;
  /** By id. */
  customDomains: Map<string, CustomDomain>;
  /** By id. */
  accessApplications: Map<string, AccessApplication>;
}

export function addAccount(
  state: { accounts: Map<string, CloudflareAccount> },
  id: string,
  subdomain: string,
): CloudflareAccount {
  const account: CloudflareAccount = {
    id,
    subdomain,
    deployTokens: new Set(),
    gateways: new Map(),
    scripts: new Map(),
    tokens: new Map(),
    zones: new Map(),
    customDomains: new Map(),
    accessApplications: new Map(),
  };
  state.accounts.set(id, account);
  return account;
}

/** The value of a text binding; undefined where the script has no such binding. */
export function bindingText({ bindings }: Script, name: string): string | undefined {
  const binding = bindings.find((candidate) => candidate.name === name);
  return binding?.type === "ratelimit" ? undefined : binding?.text;
}

/** Under workers.dev or a custom domain; nobody can call a script otherwise. */
export function isServed({ account, name, subdomainEnabled }: Script): boolean {
  return subdomainEnabled || [...account.customDomains.values()].some(({ service }) => service === name);
}
