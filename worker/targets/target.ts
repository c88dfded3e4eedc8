/**
 * A target is one place where a request can be served. Headers, logs and the stack's configuration
 * use its name.
 */
export type Target = { kind: "anthropic" } | { kind: "vertex"; location: string } | { kind: "bedrock"; region: string };

/** Who serves a target. The option `chain` is the order of the providers. */
export type Provider = Target["kind"];

export const ANTHROPIC: Target = { kind: "anthropic" };

export function targetName(target: Target): string {
  switch (target.kind) {
    case "anthropic":
      return "anthropic";
    case "vertex":
      return `vertex/${target.location}`;
    case "bedrock":
      return `bedrock/${target.region}`;
  }
}

/** @returns whether a step for the target needs an access token of Google */
export function needsGoogleToken({ kind }: Target): boolean {
  return kind === "vertex";
}
