/**
 * A step: one target's request in a form that every routing can send. Bodies are lists of slices of the caller's bytes, so
 * that two steps of a 32 MB request do not need three times its memory.
 */
import type { Target } from "./chain.ts";

export interface Step {
  target: Target;
  /** The gateway's name for the provider. */
  provider: "anthropic" | "google-vertex-ai";
  /** The provider's path and query without a slash in front. */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  body: Slices;
}

export type Slices = readonly Uint8Array[];

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function byteLength(slices: Slices): number {
  return slices.reduce((sum, slice) => sum + slice.length, 0);
}
