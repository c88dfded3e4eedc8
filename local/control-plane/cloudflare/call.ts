/** The inputs and answers of a route of Cloudflare's API. */

import { type Method, type ParamNames, type Route, route } from "../../http/router.ts";
import type { Inputs } from "../../resources/resource-type.ts";
import type { CloudflareAccount, CloudState } from "../../state/index.ts";

export interface CloudflareCall {
  state: CloudState;
  /** The account that the path names, or else the token's account. */
  account: CloudflareAccount;
  apiToken: string;
  query: URLSearchParams;
  /** The JSON body; {} if there is none, or if it is not a JSON object. */
  body: Inputs;
  /** The unparsed body with its content type, for uploads. */
  upload: Response;
}

/** The members of the envelope that differ per route, or a response without an envelope. */
export type CloudflareAnswer = { result: unknown; result_info?: ResultInfo; messages?: readonly object[] } | Response;
export type CloudflareRoute = Route<CloudflareCall, CloudflareAnswer>;

export interface ResultInfo {
  page: number;
  per_page: number;
  count: number;
  total_count: number;
  total_pages: number;
}

const DEFAULT_PER_PAGE = 20;

/** @param path below `/client/v4` */
export function cloudflareRoute<const Path extends string>(
  method: Method,
  path: Path,
  handle: (
    call: CloudflareCall & { params: Readonly<Record<ParamNames<`/client/v4${Path}`>, string>> },
  ) => CloudflareAnswer | Promise<CloudflareAnswer>,
): CloudflareRoute {
  return route<`/client/v4${Path}`, CloudflareCall, CloudflareAnswer>(method, `/client/v4${path}`, handle);
}

/** Returns one page of a list, by `page` and `per_page`. */
export function page(items: readonly unknown[], query: URLSearchParams) {
  const perPage = positive(query.get("per_page"), DEFAULT_PER_PAGE);
  const number = positive(query.get("page"), 1);
  const result = items.slice((number - 1) * perPage, number * perPage);
  const resultInfo: ResultInfo = {
    page: number,
    per_page: perPage,
    count: result.length,
    total_count: items.length,
    total_pages: Math.ceil(items.length / perPage),
  };
  return { result, result_info: resultInfo };
}

function positive(text: string | null, otherwise: number): number {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : otherwise;
}
