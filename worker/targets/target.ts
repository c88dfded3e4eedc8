/**
 * A target: one place that a request can be served, and its name in headers, logs and the stack's
 * configuration.
 */
export type Target = { kind: "anthropic" } | { kind: "vertex"; location: string };

export const ANTHROPIC: Target = { kind: "anthropic" };

export function targetName(target: Target): string {
  switch (target.kind) {
    case "anthropic":
      return "anthropic";
    case "vertex":
      return `vertex/${target.location}`;
  }
}
