/** The state of an Anthropic organization: batches, files and message threads. */
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
