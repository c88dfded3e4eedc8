/**
 * Makes the body of a step for a platform other than Anthropic's own, as slices. Members that the
 * platform refuses are left out, the model gets the platform's name or is left out, and all other
 * members are the caller's bytes.
 */
import { utf8 } from "../bytes.ts";
import type { RequestBody } from "../request/body.ts";
import type { Cut } from "../request/cutter.ts";
import type { Member } from "../request/json-scanner.ts";
import type { Slices } from "../request/uploads.ts";

export interface Changes {
  omittedMembers: ReadonlySet<string>;
  /** The platform's id. Undefined if the body has no model. */
  model: string | undefined;
  /** A member to put first, as JSON text; undefined if none is added. */
  added?: string | undefined;
}

export function splice(body: RequestBody, { omittedMembers, model, added }: Changes): Slices {
  const slices = [utf8("{")];
  const add = (...more: readonly Uint8Array[]) => slices.push(...(slices.length > 1 ? [utf8(",")] : []), ...more);
  if (added !== undefined) add(utf8(added));
  for (const [name, member] of body.members) {
    if (name === "model") {
      if (model !== undefined) add(utf8(`"model":${JSON.stringify(model)}`));
    } else if (!omittedMembers.has(name)) {
      add(...withoutCuts(body.bytes, member, body.cuts));
    }
  }
  slices.push(utf8("}"));
  return slices;
}

function withoutCuts(bytes: Uint8Array, { start, end }: Member, cuts: readonly Cut[]): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let from = start;
  for (const cut of cuts) {
    if (cut.start < start || cut.end > end) continue;
    slices.push(bytes.subarray(from, cut.start));
    from = cut.end;
  }
  slices.push(bytes.subarray(from, end));
  return slices;
}
