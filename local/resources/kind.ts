/** What a resource of the local cloud is, and how it refuses. */
import type { CloudState } from "../state.ts";

/** Plain values by the names of the Pulumi schema; secrets are unwrapped. */
// biome-ignore lint/suspicious/noExplicitAny: a wire shape; each resource reads the members its real API checks
export type Inputs = Readonly<Record<string, any>>;

export interface Created {
  id: string;
  outputs: Record<string, unknown>;
  /** Outputs that the provider marks as secret. */
  secretOutputs?: readonly string[];
}

export interface ResourceKind {
  /** Outputs that only the cloud can fill in. */
  computed: readonly string[];
  /** Inputs whose change makes a new resource and deletes the old one; a change of any other is an update. */
  replaceOn: readonly string[];
  /** Refuses a credential that the API would refuse. @throws {CloudError} */
  authorise?(state: CloudState, inputs: Inputs, provider: Inputs): void;
  /** @param provider the arguments of the provider the resource was given. @throws {CloudError} */
  create(state: CloudState, inputs: Inputs, provider: Inputs): Created | Promise<Created>;
  /** The inputs as the API now has them; undefined: gone. */
  read(state: CloudState, id: string, inputs: Inputs): Record<string, unknown> | undefined;
  update(state: CloudState, id: string, inputs: Inputs): Record<string, unknown>;
  delete(state: CloudState, id: string, inputs: Inputs): void;
}

export type LookUp = (state: CloudState, inputs: Inputs) => Record<string, unknown>;

/** What an API answers when it refuses; the message is the provider's, without a stack trace. */
export class CloudError extends Error {
  override name = "CloudError";
}

/** @throws {CloudError} unless the condition holds. */
export function require(condition: unknown, message: string): asserts condition {
  if (!condition) throw new CloudError(message);
}
