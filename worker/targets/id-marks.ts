/**
 * Says who made an id. A platform puts its mark behind the prefix of every id that it makes, as in
 * `msg_vrtx_…`, `req_vrtx_…` and `toolu_vrtx_…`. Source: ids in public transcripts,
 * docs/fidelity.md.
 */
import type { Platform } from "./chain.ts";
import type { Provider } from "./target.ts";

const MARKS: ReadonlyMap<string | undefined, Platform> = new Map([
  ["vrtx", "vertex"],
  ["bdrk", "bedrock"],
]);

/** @returns the platform whose mark the id has. An id without a mark may be anybody's. */
export function platformOf(id: string): Platform | undefined {
  return MARKS.get(id.split("_")[1]);
}

/** @returns who made the id of a message; undefined for another value */
export function providerOf(id: unknown): Provider | undefined {
  return typeof id === "string" ? (platformOf(id) ?? "anthropic") : undefined;
}
