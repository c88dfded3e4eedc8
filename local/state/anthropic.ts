/** The state of an Anthropic organization: batches, files, message threads, and limits of keys. */
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

/** Codes of the API's errors. */
export type SpendLimit =
  | "contract_spend_limit_reached"
  | "enforced_spend_limit_reached"
  | "ramp_limit_exceeded"
  | "linked_organization_spend_limit_reached";

/** What limits a key that exists. */
export interface AnthropicKeyLimits {
  isDisabled?: boolean;
  /** The limit that its organization has reached. */
  spendLimit?: SpendLimit;
}
