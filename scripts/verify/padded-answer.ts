/** What the gateway makes of a padded query: see `padded-probe.ts`, which asks it once. */
export type PaddedProbe =
  /** Anthropic counted: it got a small body. */
  | { kind: "reprinted" }
  /** The 413 was the answer. */
  | { kind: "returned" }
  /** The next step answered, and the log says that the first one got a 413. */
  | { kind: "next step" }
  | { kind: "unknown"; why: string };
