/**
 * Who can fail: the names that a fault is set for. A name that is misspelt would never be met, so
 * it is refused.
 */

import { SERVED_MODELS } from "../claude/models.ts";
import { COUNT_TOKENS_LOCATIONS } from "../vertex/rules.ts";
import { nearest } from "./nearest.ts";
import { GATEWAY_FAULT, GOOGLE_FAULT, PROVIDER_FAULT } from "./schemas.ts";

/** Kind of target → how it can fail. */
export const SCHEMAS = {
  anthropic: PROVIDER_FAULT,
  vertex: PROVIDER_FAULT,
  gateway: GATEWAY_FAULT,
  google: GOOGLE_FAULT,
} as const;

export type TargetKind = keyof typeof SCHEMAS;

/** Every location that Vertex serves anything in. */
export const VERTEX_LOCATIONS: readonly string[] = [
  ...new Set([
    ...SERVED_MODELS.flatMap(({ locations }) => locations),
    ...COUNT_TOKENS_LOCATIONS,
    ...["us", "eu", "global"],
  ]),
];

/** `vertex` is every location. */
export const FAULT_TARGETS: readonly string[] = [
  ...Object.keys(SCHEMAS),
  ...VERTEX_LOCATIONS.map((location) => `vertex/${location}`),
];

/** What is wrong with the name of a target; undefined where there is such a target. */
export function problemWithTarget(target: string): string | undefined {
  if (FAULT_TARGETS.includes(target)) return undefined;
  const meant = nearest(target, FAULT_TARGETS);
  return `${target} is no target: ${meant ? `did you mean ${meant}?` : `there are ${FAULT_TARGETS.join(", ")}`}`;
}

/** What is wrong with the mode of a fault; undefined where the target can fail in that way. */
export function problemWithMode(target: string, fault: unknown): string | undefined {
  const modes = modesOf(kindOf(target));
  const mode = (fault as { mode?: unknown } | null | undefined)?.mode;
  if (modes.some((known) => known === mode)) return undefined;
  const all = `${target} can fail by ${modes.join(", ")}`;
  if (typeof mode !== "string") return `a fault is JSON with a mode: ${all}`;
  const meant = nearest(mode, modes);
  return `${mode} is no mode of ${target}: ${meant ? `did you mean ${meant}? ` : ""}${all}`;
}

export function modesOf(kind: TargetKind): string[] {
  return SCHEMAS[kind].options.map(({ shape }) => shape.mode.value);
}

/** @param target of which `problemWithTarget` finds nothing */
export function kindOf(target: string): TargetKind {
  return target.split("/")[0] as TargetKind; // all targets begin with their kind
}
