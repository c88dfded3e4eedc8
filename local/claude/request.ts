/** A request to the Messages API, as far as the local model reads it. */
export interface MessagesRequest {
  model?: string;
  max_tokens: number;
  stream?: boolean;
  messages: readonly { role: string; content: unknown }[];
  system?: unknown;
  tools?: unknown;
  tool_choice?: unknown;
}
