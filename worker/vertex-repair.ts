/**
 * Vertex sometimes refuses an optional member or beta that the table still lets through. Its 400 names it: exactly that is
 * dropped, the step is tried once more, and the isolate remembers it for that model and method. The table stays the first line.
 */
import type { Method } from "./methods.ts";
import type { Learned } from "./vertex-capabilities.ts";

const UNEXPECTED_BETA = /Unexpected value\(s\) (.+?) for the `anthropic-beta` header/;
const EXTRA_MEMBER = /(?:^|")([a-z_]+): Extra inputs are not permitted/;
/** Without these there is no request, or another one: never dropped. */
const REQUIRED = new Set([
  "messages",
  "max_tokens",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "stop_sequences",
  "stream",
]);

const NOTHING: Learned = new Set();
const learned = new Map<string, Set<string>>();

export function learnedFor(vertexId: string, method: Method): Learned {
  return learned.get(`${method.name} ${vertexId}`) ?? NOTHING;
}

/** @param errorText of a 400 from Vertex. @returns whether there is something new to leave out. */
export function learn(errorText: string, vertexId: string, method: Method): boolean {
  const names = refusedBy(errorText);
  const key = `${method.name} ${vertexId}`;
  const known = learned.get(key) ?? new Set();
  const added = names.filter((name) => !known.has(name));
  for (const name of added) known.add(name);
  if (added.length > 0) learned.set(key, known);
  return added.length > 0;
}

function refusedBy(errorText: string): string[] {
  const betas = UNEXPECTED_BETA.exec(errorText)?.[1];
  if (betas) return [...betas.matchAll(/`([^`]+)`/g)].map(([, beta]) => `beta:${beta}`);
  const member = EXTRA_MEMBER.exec(errorText)?.[1];
  return member && !REQUIRED.has(member) ? [member] : [];
}
