/**
 * The targets that a fault can be set for. An unknown name is refused, because no request would
 * ever meet that fault.
 */

import { BEDROCK_REGIONS } from "../bedrock/hosts.ts";
import { SERVED_MODELS } from "../claude/models.ts";
import { COUNT_TOKENS_LOCATIONS } from "../vertex/rules.ts";
import { nearest } from "./nearest.ts";
import { GATEWAY_FAULT, GOOGLE_FAULT, PROVIDER_FAULT } from "./schemas.ts";

/** Kind of target → schema of its faults. */
export const SCHEMAS = {
  anthropic: PROVIDER_FAULT,
  vertex: PROVIDER_FAULT,
  bedrock: PROVIDER_FAULT,
  gateway: GATEWAY_FAULT,
  google: GOOGLE_FAULT,
} as const;

export type TargetKind = keyof typeof SCHEMAS;

/** Every Vertex location that serves a model or counts tokens. */
export const VERTEX_LOCATIONS: readonly string[] = [
  ...new Set([
    ...SERVED_MODELS.flatMap(({ locations }) => locations),
    ...COUNT_TOKENS_LOCATIONS,
    ...["us", "eu", "global"],
  ]),
];

/** `vertex` stands for every location, and `bedrock` for every region. */
export const FAULT_TARGETS: readonly string[] = [
  ...Object.keys(SCHEMAS),
  ...VERTEX_LOCATIONS.map((location) => `vertex/${location}`),
  ...BEDROCK_REGIONS.map((region) => `bedrock/${region}`),
];

/** Why a target is unknown; undefined when it exists. */
export function problemWithTarget(target: string): string | undefined {
  if (FAULT_TARGETS.includes(target)) return undefined;
  const meant = nearest(target, FAULT_TARGETS);
  const hint = meant ? `Did you mean ${meant}?` : `The targets are ${FAULT_TARGETS.join(", ")}.`;
  return `${target} is not a target. ${hint}`;
}

/** Why a fault's mode is wrong; undefined when the target can fail in that way. */
export function problemWithMode(target: string, fault: unknown): string | undefined {
  const modes = modesOf(kindOf(target));
  const mode = (fault as { mode?: unknown } | null | undefined)?.mode;
  if (modes.some((known) => known === mode)) return undefined;
  const all = `The modes of ${target} are ${modes.join(", ")}.`;
  if (typeof mode !== "string") return `A fault is a JSON object with a mode. ${all}`;
  const meant = nearest(mode, modes);
  return `${mode} is not a mode of ${target}. ${meant ? `Did you mean ${meant}? ` : ""}${all}`;
}

export function modesOf(kind: TargetKind): string[] {
  return SCHEMAS[kind].options.map(({ shape }) => shape.mode.value);
}

/** @param target a known one */
export function kindOf(target: string): TargetKind {
  return target.split("/")[0] as TargetKind; // every target starts with its kind
}
