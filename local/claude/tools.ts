/**
 * Decides when the model calls a tool: when it must, or when the user says "use the tool". It
 * answers a tool's result with text, so every tool loop ends. Formats: `Tool` and `ToolChoice` of
 * @anthropic-ai/sdk.
 */
import type { MessagesRequest } from "./request.ts";

export interface ToolCall {
  name: string;
  input: Readonly<Record<string, string>>;
}

interface CustomTool {
  name: string;
  input_schema?: { properties?: Record<string, { type?: unknown }>; required?: readonly string[] };
}

const REQUEST_FOR_TOOL = /\buse the tool\b/i;
const ANY_STRING = "local";

export function toolCall({ tools, tool_choice, messages }: MessagesRequest): ToolCall | undefined {
  const custom = customTools(tools);
  const { type, name } = (tool_choice ?? {}) as { type?: unknown; name?: unknown };
  const newest = messages.findLast(({ role }) => role === "user")?.content;
  if (type === "none" || blocksOf(newest).some((block) => block.type === "tool_result")) return undefined;
  const isRequested = type === "any" || type === "tool" || REQUEST_FOR_TOOL.test(textOf(newest));
  const tool = type === "tool" ? custom.find((candidate) => candidate.name === name) : custom[0];
  return isRequested && tool ? { name: tool.name, input: inputFor(tool) } : undefined;
}

/** Only tools that the client runs. */
function customTools(tools: unknown): readonly CustomTool[] {
  if (!Array.isArray(tools)) return [];
  return tools.filter(({ type = "custom" }: { type?: unknown }) => type === "custom");
}

/** The required properties that are strings. */
function inputFor({ input_schema: schema }: CustomTool): Readonly<Record<string, string>> {
  const required = (schema?.required ?? []).filter((name) => schema?.properties?.[name]?.type === "string");
  return Object.fromEntries(required.map((name) => [name, ANY_STRING]));
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return blocksOf(content)
    .map(({ text }) => (typeof text === "string" ? text : ""))
    .join("\n");
}

function blocksOf(content: unknown): readonly { type?: unknown; text?: unknown }[] {
  return Array.isArray(content) ? content : [];
}
