/** What a method of Google's APIs is given, and what lists and updates have in common. Sources: AIP-158 (pages), AIP-134 (masks). */

import { type Method, type ParamNames, type Route, route } from "../../http/router.ts";
import type { Inputs } from "../../resources/resource-type.ts";
import type { CloudState, GoogleProject } from "../../state/index.ts";

export interface GoogleCall {
  state: CloudState;
  project: GoogleProject;
  host: string;
  query: URLSearchParams;
  /** {} where there is none, or no JSON object. */
  body: Inputs;
}

/** The permission is asked for on the project of the path. */
export type GoogleRoute = Route<GoogleCall, object> & { permission: string };

const MAX_PAGE_SIZE = 1_000;

export function googleRoute<const Path extends string>(
  permission: string,
  method: Method,
  path: Path,
  handle: (call: GoogleCall & { params: Readonly<Record<ParamNames<Path>, string>> }) => object | Promise<object>,
): GoogleRoute {
  return { ...route<Path, GoogleCall, object>(method, path, handle), permission };
}

/** A page token is the number of the first item. An empty list is left out, as in every message here. */
export function page(name: string, items: readonly object[], query: URLSearchParams): object {
  const first = Number(query.get("pageToken") ?? 0);
  const next = first + (Number(query.get("pageSize")) || MAX_PAGE_SIZE);
  const shown = items.slice(first, next);
  return {
    ...(shown.length > 0 ? { [name]: shown } : {}),
    ...(next < items.length ? { nextPageToken: String(next) } : {}),
  };
}

/**
 * What a field mask names is replaced by what was sent, or cleared where nothing was; without a mask all that was sent is.
 * @param mask such as `displayName,oidc.jwksJson`; `display_name` is the same field
 */
export function masked(current: Inputs, sent: Inputs, mask: string | null | undefined): Inputs {
  const merged: Record<string, unknown> = { ...current };
  for (const path of mask ? mask.split(",") : Object.keys(sent)) {
    const [first = "", ...inner] = path.split(".");
    const name = first.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    merged[name] = inner.length > 0 ? masked(current[name] ?? {}, sent[name] ?? {}, inner.join(".")) : sent[name];
  }
  return merged;
}
