/**
 * Matches a request against a table of routes: method and path pattern → handler. The names in a
 * pattern become the handler's parameters. Patterns use the parts of URLPattern's syntax that the
 * routes need, because Node 22 has no URLPattern.
 */
import type { Exchange } from "./exchange.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

type Handle<Context, Name extends string, Answer> = (
  call: Context & { params: Readonly<Record<Name, string>> },
) => Answer | Promise<Answer>;

export interface Route<Context, Answer> {
  method: Method;
  /** Its capture groups are in the order of `names`. */
  pattern: RegExp;
  names: readonly string[];
  handle: Handle<Context, string, Answer>;
}

/** For `/v1/projects/:project/roles/:role\\:undelete`: `project` and `role`. A `*` is named `0`. */
export type ParamNames<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? ParamNames<Head> | ParamNames<Tail>
  : Path extends `:${infer Name}\\:${string}`
    ? Name
    : Path extends `:${infer Name}`
      ? Name
      : Path extends "*"
        ? "0"
        : never;

/** `:name` matches one segment, `*` any number of segments, `\\:` a colon. */
const PART = /\\(?<escaped>.)|:(?<name>\w+)|(?<wildcard>\*)|(?<text>[^\\:*]+)/g;

/** @param path in the syntax of `PART` */
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

/**
 * Returns the first match. So a custom method such as `:undelete` comes before the resource's path.
 */
export function match<Found extends Route<never, unknown>>(
  routes: readonly Found[],
  exchange: Exchange,
): { route: Found; params: Readonly<Record<string, string>> } | undefined {
  const pathname = pathnameOf(exchange);
  for (const route of routes) {
    const [found, ...texts] = (route.method === exchange.method && route.pattern.exec(pathname)) || [];
    if (found === undefined) continue;
    const params = route.names.map((name, index) => [name, decode(texts[index] ?? "")] as const);
    return { route, params: Object.fromEntries(params) };
  }
  return undefined;
}

/** The methods of the routes that have this path: empty for an unknown path. */
export function methodsAt(routes: readonly Route<never, unknown>[], exchange: Exchange): Method[] {
  const pathname = pathnameOf(exchange);
  return routes.filter(({ pattern }) => pattern.test(pathname)).map(({ method }) => method);
}

/** Still encoded, so that an encoded slash does not split a segment. */
function pathnameOf({ requestTarget }: Exchange): string {
  return URL.parse(requestTarget, "http://local")?.pathname ?? "/";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
