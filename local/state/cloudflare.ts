/**
 * The state of a Cloudflare account: scripts, their addresses, and tokens. Gateways are in
 * `ai-gateway.ts`.
 */
import { createHash } from "node:crypto";
import type { Gateway } from "./ai-gateway.ts";
import type { DeployTokenLimits } from "./deploy-token.ts";
import type { TokenStatus } from "./token-status.ts";
import type { WorkerLogEvent } from "./worker-log.ts";

export interface TextBinding {
  name: string;
  type: "plain_text" | "secret_text";
  text: string;
}

/** Counts calls per key. Bindings with the same namespace share their counters. */
export interface RateLimitBinding {
  name: string;
  type: "ratelimit";
  /** A positive integer as text. */
  namespaceId: string;
  /** At most `limit` calls in each `period` seconds. */
  simple: { limit: number; period: 10 | 60 };
}

/** Tells the Worker which upload it is. */
export interface VersionBinding {
  name: string;
  type: "version_metadata";
}

export type ScriptBinding = TextBinding | RateLimitBinding | VersionBinding;

/** Complete: the API fills in what an upload leaves out. */
export interface Observability {
  enabled: boolean;
  headSamplingRate: number;
  logs: { enabled: boolean; headSamplingRate: number; invocationLogs: boolean; persist: boolean };
  traces: { enabled: boolean; headSamplingRate: number; persist: boolean };
}

export interface Script {
  /**
   * Needed to know whether the script is served: by `subdomainEnabled` or by the account's custom
   * domains.
   */
  readonly account: CloudflareAccount;
  name: string;
  /** Of the newest upload: a UUID. */
  versionId: string;
  content: string;
  mainModule: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  bindings: readonly ScriptBinding[];
  /** Null means never set. */
  observability: Observability | null;
  logpush: boolean;
  usageModel: string;
  /** Null means the account's default. */
  limits: { cpuMs?: number } | null;
  /** ISO 8601. */
  createdOn: string;
  modifiedOn: string;
  /** Whether it is served under workers.dev. */
  subdomainEnabled: boolean;
  /** Whether each version has its own preview address. */
  previewsEnabled: boolean;
}

/** A hostname in one of the account's zones that serves a script. */
export interface CustomDomain {
  id: string;
  hostname: string;
  /** Name of the script. */
  service: string;
  zoneId: string;
  zoneName: string;
  environment: string;
}

/** An application of Cloudflare Access, which protects a hostname or a Worker. */
export interface AccessApplication {
  id: string;
  /** Audience of the tokens that Access issues for it. */
  aud: string;
  /** Names are those of the Pulumi schema. */
  settings: Readonly<Record<string, unknown>>;
}

export interface ApiToken {
  id: string;
  name: string;
  value: string;
  status: TokenStatus;
  /** ISO 8601 in whole seconds. Absent where a test adds a token by hand. */
  issuedOn?: string;
  modifiedOn?: string;
  /** Absent as long as nobody has used it. */
  lastUsedOn?: string;
  /** From then on the token counts as expired. Absent: never. */
  expiresOn?: string;
  policies: readonly TokenPolicy[];
  /** Ids of all groups that the policies grant. */
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
  /** API tokens from outside, which may do everything that `deployTokenLimits` does not forbid. */
  deployTokens: Set<string>;
  /** By token. A token without limits is a user's, is active and has every permission. */
  deployTokenLimits: Map<string, DeployTokenLimits>;
  gateways: Map<string, Gateway>;
  scripts: Map<string, Script>;
  tokens: Map<string, ApiToken>;
  /** Zone id → name, such as `example.com`. */
  zones: Map<string, string>;
  /** By id. */
  customDomains: Map<string, CustomDomain>;
  /** By id. */
  accessApplications: Map<string, AccessApplication>;
  /** What the scripts have printed, oldest first. */
  workerLog: WorkerLogEvent[];
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
    deployTokenLimits: new Map(),
    gateways: new Map(),
    scripts: new Map(),
    tokens: new Map(),
    zones: new Map(),
    customDomains: new Map(),
    accessApplications: new Map(),
    workerLog: [],
  };
  state.accounts.set(id, account);
  return account;
}

/** The value of a text binding; undefined when the script has no such binding. */
export function bindingText({ bindings }: Script, name: string): string | undefined {
  const binding = bindings.find((candidate) => candidate.name === name);
  return binding && "text" in binding ? binding.text : undefined;
}

/**
 * The id that Cloudflare gives a Worker. It stays through uploads and is another one after the
 * Worker was deleted and created again.
 */
export function workerId({ account, name, createdOn }: Script): string {
  return createHash("sha256").update(`${account.id}/${name}/${createdOn}`).digest("hex").slice(0, 32);
}

/** Whether the script has an address, under workers.dev or a custom domain. */
export function isServed({ account, name, subdomainEnabled }: Script): boolean {
  return subdomainEnabled || [...account.customDomains.values()].some(({ service }) => service === name);
}
