/** What exists in the clouds: accounts, projects and what a program has made in them. Plain data, changed by `resources/`. */
import type { FileState, MessageBatchState, ThreadState } from "./anthropic.ts";
import type { CloudflareAccount } from "./cloudflare.ts";
import type { GoogleProject } from "./google.ts";

export * from "./ai-gateway.ts";
export * from "./anthropic.ts";
export * from "./cloudflare.ts";
export * from "./google.ts";

export interface CloudState {
  accounts: Map<string, CloudflareAccount>;
  projects: Map<string, GoogleProject>;
  anthropicApiKeys: Set<string>;
  /** Of the one organisation behind every Anthropic key here. */
  messageBatches: Map<string, MessageBatchState>;
  files: Map<string, FileState>;
  /** By the id of an answer. */
  threads: Map<string, ThreadState>;
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
    threads: new Map(),
    accessTokens: new Map(),
  };
}
