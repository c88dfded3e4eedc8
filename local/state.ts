/** What exists in the clouds: accounts, projects and what a program has made in them. Plain data, changed by `resources/`. */
import type { CloudflareAccount } from "./cloudflare-state.ts";
import type { GoogleProject } from "./google-state.ts";

export * from "./cloudflare-state.ts";
export * from "./gateway-state.ts";
export * from "./google-state.ts";

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

/** A conversation that Anthropic holds, under the id of its newest answer. */
export interface ThreadState {
  system: unknown;
  tools: unknown;
  messages: readonly { role: string; content: unknown }[];
  /** What no turn may change. */
  fixed: Readonly<Record<string, string>>;
  isContinued: boolean;
}

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
