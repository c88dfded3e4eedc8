/** What exists in the clouds: accounts, projects and what a program has made in them. Plain data, changed by `resources/`. */
import type { KeyObject } from "node:crypto";

export interface Gateway {
  id: string;
  authentication: boolean;
  byokOnly: boolean;
  /** One entry a call, as the dashboard's log shows it. */
  logs: GatewayLog[];
}

export interface GatewayLog {
  id: string;
  provider: string;
  step: number;
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

export interface ServiceAccount {
  email: string;
  uniqueId: string;
  displayName: string;
  keys: Map<string, ServiceAccountKeyState>;
}

export interface GoogleProject {
  id: string;
  number: string;
  enabledServices: Set<string>;
  serviceAccounts: Map<string, ServiceAccount>;
  /** role → members */
  policy: Map<string, Set<string>>;
}

export interface CloudState {
  accounts: Map<string, CloudflareAccount>;
  projects: Map<string, GoogleProject>;
  anthropicApiKeys: Set<string>;
  /** Google access tokens: token → the identity it was issued to. */
  accessTokens: Map<string, { member: string; expiresAtMs: number }>;
}

export function emptyState(): CloudState {
  return { accounts: new Map(), projects: new Map(), anthropicApiKeys: new Set(), accessTokens: new Map() };
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

/** A project as `gcloud projects create` and billing leave it: the two APIs that enabling others needs are on. */
export function addProject(state: CloudState, id: string, number: string): GoogleProject {
  const project: GoogleProject = {
    id,
    number,
    enabledServices: new Set(["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"]),
    serviceAccounts: new Map(),
    policy: new Map(),
  };
  state.projects.set(id, project);
  return project;
}
