/** What exists in the clouds: accounts, projects and what a program has made in them. Plain data, changed by `resources/`. */
import type { KeyObject } from "node:crypto";
import type { JSONWebKeySet } from "jose";

export interface Gateway {
  id: string;
  authentication: boolean;
  byokOnly: boolean;
  /** Whether it parses a step's `query` and prints it anew; what the real one does is not known. */
  reprintsQueries: boolean;
  /** Authenticated calls by kind of endpoint. Nothing is limited by them: a rate limit is a fault here. */
  calls: { universal: number; native: number };
  /** One entry a call to a provider, as the dashboard's log shows it. */
  logs: GatewayLog[];
}

export interface GatewayLog {
  id: string;
  provider: string;
  /** Of a call to the Universal Endpoint. */
  step?: number;
  status: number;
  metadata: Record<string, unknown>;
  /** Present only where payloads are collected. */
  payload?: { request: string };
}

export interface Script {
  name: string;
  content: string;
  mainModule: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  bindings: readonly { name: string; type: string; text: string }[];
  /** Whether it is served under workers.dev. */
  subdomainEnabled: boolean;
}

export interface ApiToken {
  id: string;
  name: string;
  value: string;
  permissionGroups: readonly string[];
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
}

export interface ServiceAccountKeyState {
  id: string;
  publicKey: KeyObject;
}

/** role → members */
export type IamPolicy = Map<string, Set<string>>;

export interface ServiceAccount {
  email: string;
  uniqueId: string;
  displayName: string;
  keys: Map<string, ServiceAccountKeyState>;
  /** Who may act as it. */
  policy: IamPolicy;
}

export interface CustomRole {
  title: string;
  permissions: ReadonlySet<string>;
  /** Roles are deleted softly: the id stays taken, and creating it again brings the role back. */
  deleted: boolean;
}

export interface WorkloadIdentityPool {
  id: string;
  displayName: string;
  disabled: boolean;
  /** Pools are deleted softly: the id stays taken for 30 days. */
  deleted: boolean;
  providers: Map<string, WorkloadIdentityProvider>;
}

/** An OIDC provider whose keys were uploaded. */
export interface WorkloadIdentityProvider {
  id: string;
  disabled: boolean;
  deleted: boolean;
  issuerUri: string;
  jwks: JSONWebKeySet;
  /** Empty: the provider's own resource name is the audience. */
  allowedAudiences: readonly string[];
  /** The claim that becomes `google.subject`. */
  subjectClaim: string;
}

export interface GoogleProject {
  id: string;
  number: string;
  enabledServices: Set<string>;
  serviceAccounts: Map<string, ServiceAccount>;
  policy: IamPolicy;
  /** By role id. */
  customRoles: Map<string, CustomRole>;
  /** By pool id; all are in the location `global`. */
  pools: Map<string, WorkloadIdentityPool>;
}

export interface MessageBatchState {
  id: string;
  createdAt: string;
  cancelInitiatedAt: string | null;
  endedAt: string | null;
  requests: readonly { custom_id: string; params: unknown }[];
}

export interface FileState {
  id: string;
  filename: string;
  mimeType: string;
  createdAt: string;
  /** Only files that a tool has made can be downloaded. */
  downloadable: boolean;
  content: Buffer;
}

export interface CloudState {
  accounts: Map<string, CloudflareAccount>;
  projects: Map<string, GoogleProject>;
  anthropicApiKeys: Set<string>;
  /** Of the one organisation behind every Anthropic key here. */
  messageBatches: Map<string, MessageBatchState>;
  files: Map<string, FileState>;
  /** Google access tokens: token → the identity it was issued to. */
  accessTokens: Map<string, { member: string; expiresAtMs: number }>;
}

export function emptyState(): CloudState {
  return {
    accounts: new Map(),
    projects: new Map(),
    anthropicApiKeys: new Set(),
    messageBatches: new Map(),
    files: new Map(),
    accessTokens: new Map(),
  };
}

export function addAccount(state: CloudState, id: string, subdomain: string): CloudflareAccount {
  const account: CloudflareAccount = {
    id,
    subdomain,
    deployTokens: new Set(),
    gateways: new Map(),
    scripts: new Map(),
    tokens: new Map(),
  };
  state.accounts.set(id, account);
  return account;
}

export function newGateway(id: string, settings: Pick<Gateway, "authentication" | "byokOnly">): Gateway {
  return { id, ...settings, reprintsQueries: false, calls: { universal: 0, native: 0 }, logs: [] };
}

/** A project as `gcloud projects create` and billing leave it: the two APIs that enabling others needs are on. */
export function addProject(state: CloudState, id: string, number: string): GoogleProject {
  const project: GoogleProject = {
    id,
    number,
    enabledServices: new Set(["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"]),
    serviceAccounts: new Map(),
    policy: new Map(),
    customRoles: new Map(),
    pools: new Map(),
  };
  state.projects.set(id, project);
  return project;
}
