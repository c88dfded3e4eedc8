/**
 * A table of routes: method and path pattern → handler. The names in a pattern are the parameters its handler is given.
 * The patterns are those of URLPattern, as far as the routes need them: Node 22 has no URLPattern.
 */
import type { Exchange } from "./exchange.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type Handle<Context, Name extends string, Answer> = (
  call: Context & { params: Readonly<Record<Name, string>> },
) => Answer | Promise<Answer>;

export interface Route<Context, Answer> {
  method: Method;
  /** What it captures, in the order of `names`. */
  pattern: RegExp;
  names: readonly string[];
  handle: Handle<Context, string, Answer>;
}

/** Of `/v1/projects/:project/roles/:role\\:undelete`: `project` and `role`; a `*` is called `0`. */
export type ParamNames<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? ParamNames<Head> | ParamNames<Tail>
  : Path extends `:${infer Name}\\:${string}`
    ? Name
    : Path extends `:${infer Name}`
      ? Name
      : Path extends "*"
        ? "0"
        : never;

/** `:name` is one segment, `*` any number of them, `\\:` a colon. */
const PART = /\\(?<escaped>.)|:(?<name>\w+)|(?<wildcard>\*)|(?<text>[^\\:*]+)/g;

/** @param path as `PART` has it */
export function route<const Path extends string, Context, Answer>(
  method: Method,
  path: Path,
  handle: Handle<Context, ParamNames<Path>, Answer>,
): Route<Context, Answer> {
  const parts = [...path.matchAll(PART)].map(({ groups = {} }) => groups);
  const names = parts.flatMap(({ name, wildcard }) => (wildcard ? ["0"] : (name ?? [])));
  const sources = parts.map(({ escaped, name, wildcard, text }) => {
    if (name) return "([^/]+?)";
    return wildcard ? "(.*)" : (escaped ?? text ?? "").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  const pattern = new RegExp(`^${sources.join("")}$`);
  return { method, pattern, names, handle: handle as Handle<Context, string, Answer> };
}

/** The first match counts, so that a method such as `:undelete` stands before the resource's own path. */
export function match<Found extends Route<never, unknown>>(
  routes: readonly Found[],
  { method, requestTarget }: Exchange,
): { route: Found; params: Readonly<Record<string, string>> } | undefined {
  const { pathname } = new URL(requestTarget, "http://local");
  for (const route of routes) {
    const [found, ...texts] = (route.method === method && route.pattern.exec(pathname)) || [];
    if (found === undefined) continue;
    const params = route.names.map((name, index) => [name, decodeURIComponent(texts[index] ?? "")] as const);
    return { route, params: Object.fromEntries(params) };
  }
  return undefined;
}
