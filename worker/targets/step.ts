/** A step is the request to one target, in a form that every routing can send. */
import type { Slices } from "../request/uploads.ts";

export interface Step {
  /** The gateway's name for the provider. */
  provider: "anthropic" | "google-vertex-ai" | "aws-bedrock";
  /** The provider's own host. */
  host: string;
  /** The provider's path and query without a leading slash. */
  endpoint: string;
  /** What the gateway wants in front of the path, with a slash at its end. Default: nothing. */
  gatewayPrefix?: string;
  headers: Readonly<Record<string, string>>;
  /**
   * Slices of the caller's bytes. With copies, two steps of a 32 MB request would need three times
   * its memory.
   */
  body: Slices;
}
