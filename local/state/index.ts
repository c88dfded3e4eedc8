/**
 * The state of the local cloud: accounts, projects and the resources in them. Plain data.
 * `resources/` changes it.
 */
import type { AnthropicKeyLimits, FileState, MessageBatchState, ThreadState } from "./anthropic.ts";
import type { CloudflareAccount } from "./cloudflare.ts";
import type { GoogleProject } from "./google.ts";

export * from "./access-gate.ts";
export * from "./ai-gateway.ts";
export * from "./anthropic.ts";
export * from "./cloudflare.ts";
export * from "./deploy-token.ts";
export * from "./google.ts";
export * from "./worker-log.ts";

export interface BedrockKey {
  /** Whether its user has the permission `bedrock-mantle:CreateInference`. */
  mayInfer: boolean;
}

export interface CloudState {
  accounts: Map<string, CloudflareAccount>;
  projects: Map<string, GoogleProject>;
  anthropicApiKeys: Set<string>;
  /** Amazon's API keys, with what their users may do. */
  bedrockApiKeys: Map<string, BedrockKey>;
  /** By key. A key without limits is served. */
  anthropicKeyLimits: Map<string, AnthropicKeyLimits>;
  /** All Anthropic keys here belong to one organization. */
  messageBatches: Map<string, MessageBatchState>;
  files: Map<string, FileState>;
  /** By answer id. */
  threads: Map<string, ThreadState>;
  /** Google access tokens: token → the identity it was issued to. */
  accessTokens: Map<string, { member: string; expiresAtMs: number }>;
}

export function emptyState(): CloudState {
  return {
    accounts: new Map(),
    projects: new Map(),
    anthropicApiKeys: new Set(),
    bedrockApiKeys: new Map(),
    anthropicKeyLimits: new Map(),
    messageBatches: new Map(),
    files: new Map(),
    threads: new Map(),
    accessTokens: new Map(),
  };
}
