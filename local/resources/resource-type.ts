/**
 * Defines what a resource type of the local cloud must provide, and the error with which it
 * refuses.
 */
import { STATUS_CODES } from "node:http";
import type { CloudState } from "../state/index.ts";

/** Plain values. Names are those of the Pulumi schema, and secrets are unwrapped. */
// biome-ignore lint/suspicious/noExplicitAny: a wire shape; each resource reads the members its real API checks
export type Inputs = Readonly<Record<string, any>>;

export interface Created {
  id: string;
  outputs: Record<string, unknown>;
  /** Outputs that the provider marks as secret. */
  secretOutputs?: readonly string[];
}

export type OperationKind = "create" | "read" | "update" | "delete";

/** The API request that decides whether an operation succeeds. */
export interface Request {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
}

export interface ResourceType {
  /** Outputs that only the cloud knows. */
  computed: readonly string[];
  /** Computed outputs that the provider can calculate itself, also in a preview. */
  previewOutputs?(inputs: Inputs): Record<string, unknown>;
  /**
   * Arguments that the cloud fills in when the program leaves them out. Then no value counts as a
   * change.
   */
  optionalComputed?: readonly string[];
  /** Inputs whose change replaces the resource. A change of any other input is an update. */
  replaceOn: readonly string[];
  /** Whether the provider treats two different values of an argument as the same. */
  same?(name: string, before: unknown, wanted: unknown): boolean;
  /**
   * Finds the resource for an import id; undefined when the id is malformed. If the function is
   * absent, the resource cannot be imported.
   */
  identify?(importId: string): { id: string; inputs: Inputs } | undefined;
  /** If absent, no cloud is called. */
  request?(operation: OperationKind, inputs: Inputs, id: string): Request;
  /**
   * Refuses a credential that the API would refuse.
   * @throws {CloudError}
   */
  authorise?(state: CloudState, inputs: Inputs, provider: Inputs): void;
  /**
   * @param provider the inputs of the resource's provider
   * @throws {CloudError}
   */
  create(state: CloudState, inputs: Inputs, provider: Inputs): Created | Promise<Created>;
  /**
   * Returns the API's values by argument and output, or undefined if the resource is gone. An
   * argument that the API does not return is left out and keeps the program's value.
   * @param inputs the last known inputs, or the result of `identify`
   */
  read(state: CloudState, id: string, inputs: Inputs): Record<string, unknown> | undefined;
  update(state: CloudState, id: string, inputs: Inputs): Record<string, unknown>;
  delete(state: CloudState, id: string, inputs: Inputs): void;
}

/** An API's refusal. `provider-errors.ts` turns it into a provider's text. */
export type Refusal =
  | { cloud: "cloudflare"; status: number; code?: number; message: string }
  | {
      cloud: "google";
      status: number;
      /** Google's name for the status. */
      reason?: string;
      message: string;
      details?: readonly object[];
      /** The provider's text before the answer, such as `Error creating service account: `. */
      prefix?: string;
    };

/** Thrown when an API or the provider itself refuses an operation. The message is one line. */
export class CloudError extends Error {
  override name = "CloudError";
  /** Undefined when the provider refused without calling an API. */
  readonly refusal: Refusal | undefined;

  constructor(refused: string | Refusal) {
    super(typeof refused === "string" ? refused : oneLine(refused));
    this.refusal = typeof refused === "string" ? undefined : refused;
  }
}

/** @throws {CloudError} unless the condition is true */
export function ensure(condition: unknown, refused: string | Refusal): asserts condition {
  if (!condition) throw new CloudError(refused);
}

function oneLine(refusal: Refusal): string {
  const { status, message } = refusal;
  switch (refusal.cloud) {
    case "cloudflare":
      return `${status} ${STATUS_CODES[status]}: ${refusal.code === undefined ? "" : `${refusal.code}: `}${message}`;
    case "google":
      return `${refusal.prefix ?? ""}Error ${status}${refusal.reason ? ` ${refusal.reason}` : ""}: ${message}`;
  }
}
