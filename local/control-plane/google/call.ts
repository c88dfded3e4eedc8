/**
 * The inputs of a method of Google's APIs, and what lists and updates have in common. Sources:
 * AIP-158 (pages), AIP-134 (masks).
 */

import { type Method, type ParamNames, type Route, route } from "../../http/router.ts";
import type { Inputs } from "../../resources/resource-type.ts";
import type { CloudState, GoogleProject } from "../../state/index.ts";

export interface GoogleCall {
  state: CloudState;
  project: GoogleProject;
  /** The caller's identity, as policies name it. */
  member: string;
  host: string;
  query: URLSearchParams;
  /** The JSON body; {} if there is none, or if it is not a JSON object. */
  body: Inputs;
}

/** For a method that every identity may call. */
export const NO_PERMISSION = "";

/** The caller needs the permission on the project in the path. */
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

/**
 * Returns one page of a list. The page token is the index of the first item. As in all of Google's
 * messages here, an empty list is left out.
 */
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
 * Applies an update. Fields in the mask get the sent value, or are cleared if none was sent.
 * Without a mask, all sent fields are replaced.
 * @param mask such as `displayName,oidc.jwksJson`; `display_name` is the same as `displayName`
 */
export function applyMask(current: Inputs, sent: Inputs, mask: string | null | undefined): Inputs {
  const merged: Record<string, unknown> = { ...current };
  for (const path of mask ? mask.split(",") : Object.keys(sent)) {
    const [first = "", ...inner] = path.split(".");
    const name = first.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    merged[name] = inner.length > 0 ? applyMask(current[name] ?? {}, sent[name] ?? {}, inner.join(".")) : sent[name];
  }
  return merged;
}
