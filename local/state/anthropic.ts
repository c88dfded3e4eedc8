/** The state of an Anthropic organization: batches, files, message threads, and limits of keys. */
import type { AccountLimitCode } from "../claude/account-limits.ts";

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
  /** Only files created by a tool can be downloaded. */
  downloadable: boolean;
  content: Buffer;
}

/** A stored conversation, under the id of its newest answer. */
export interface ThreadState {
  system: unknown;
  tools: unknown;
  messages: readonly { role: string; content: unknown }[];
  /** Members that later turns must not change. */
  fingerprint: Readonly<Record<string, string>>;
  isContinued: boolean;
}

/** What limits a key that exists. */
export interface AnthropicKeyLimits {
  isDisabled?: boolean;
  /** The limit that its organization has reached. */
  spendLimit?: AccountLimitCode;
}
