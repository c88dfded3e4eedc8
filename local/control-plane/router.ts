/** A table of routes: method and path pattern → handler. The names in a pattern are the parameters its handler is given. */
import type { Exchange } from "../exchange.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type Handle<Context, Name extends string, Answer> = (
  call: Context & { params: Readonly<Record<Name, string>> },
) => Answer | Promise<Answer>;

export interface Route<Context, Answer> {
  method: Method;
  pattern: URLPattern;
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

/** @param path as URLPattern has it: `:name` is one segment, `\\:` a colon */
export function route<const Path extends string, Context, Answer>(
  method: Method,
  path: Path,
  handle: Handle<Context, ParamNames<Path>, Answer>,
): Route<Context, Answer> {
  return { method, pattern: new URLPattern({ pathname: path }), handle: handle as Handle<Context, string, Answer> };
}

/** The first match counts, so that a method such as `:undelete` stands before the resource's own path. */
export function match<Found extends Route<never, unknown>>(
  routes: readonly Found[],
  { method, requestTarget }: Exchange,
): { route: Found; params: Readonly<Record<string, string>> } | undefined {
  const { pathname } = new URL(requestTarget, "http://local");
  for (const route of routes) {
    const groups = route.method === method ? route.pattern.exec({ pathname })?.pathname.groups : undefined;
    if (groups) return { route, params: decoded(groups) };
  }
  return undefined;
}

function decoded(groups: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, text = ""]) => [name, decodeURIComponent(text)]));
}
