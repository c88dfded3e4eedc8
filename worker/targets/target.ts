/**
 * A target is one place where a request can be served. Headers, logs and the stack's configuration
 * use its name.
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
