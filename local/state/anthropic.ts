/** What the organisation behind an Anthropic key has: batches, files, and conversations that Anthropic holds. */
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
