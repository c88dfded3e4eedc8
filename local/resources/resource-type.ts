/** What a resource of the local cloud is, and how it refuses. */
import { STATUS_CODES } from "node:http";
import type { CloudState } from "../state/index.ts";

/** Plain values by the names of the Pulumi schema; secrets are unwrapped. */
// biome-ignore lint/suspicious/noExplicitAny: a wire shape; each resource reads the members its real API checks
export type Inputs = Readonly<Record<string, any>>;

export interface Created {
  id: string;
  outputs: Record<string, unknown>;
  /** Outputs that the provider marks as secret. */
  secretOutputs?: readonly string[];
}

export type OperationKind = "create" | "read" | "update" | "delete";

/** The request that an operation stands or falls with. */
export interface Request {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
}

export interface ResourceType {
  /** Outputs that only the cloud can fill in. */
  computed: readonly string[];
  /** Those of them that the provider works out by itself, in a preview too. */
  previewOutputs?(inputs: Inputs): Record<string, unknown>;
  /** Arguments that the cloud fills in where the program leaves them out: whatever it has is no difference then. */
  optionalComputed?: readonly string[];
  /** Inputs whose change makes a new resource and deletes the old one; a change of any other is an update. */
  replaceOn: readonly string[];
  /** Whether the provider takes two unequal values of an argument for the same. */
  same?(name: string, before: unknown, wanted: unknown): boolean;
  /** The resource that an import's id means; absent: it cannot be imported. Undefined: the id has another form. */
  identify?(importId: string): { id: string; inputs: Inputs } | undefined;
  /** Absent: no cloud is called. */
  request?(operation: OperationKind, inputs: Inputs, id: string): Request;
  /** Refuses a credential that the API would refuse. @throws {CloudError} */
  authorise?(state: CloudState, inputs: Inputs, provider: Inputs): void;
  /** @param provider the arguments of the provider the resource was given. @throws {CloudError} */
  create(state: CloudState, inputs: Inputs, provider: Inputs): Created | Promise<Created>;
  /**
   * What the API tells, by argument and output; undefined where it has nothing. An argument that it does not know is left out,
   * and stays what the program gave.
   * @param inputs as last seen, or what `identify` found. @returns undefined: gone.
   */
  read(state: CloudState, id: string, inputs: Inputs): Record<string, unknown> | undefined;
  update(state: CloudState, id: string, inputs: Inputs): Record<string, unknown>;
  delete(state: CloudState, id: string, inputs: Inputs): void;
}

/** @param provider the arguments of the provider it goes through. @throws {CloudError} */
export type LookUp = (state: CloudState, inputs: Inputs, provider: Inputs) => Record<string, unknown>;

/** An answer that refuses. What comes of it in a provider's text: `provider-errors.ts`. */
export type Refusal =
  | { cloud: "cloudflare"; status: number; code?: number; message: string }
  | {
      cloud: "google";
      status: number;
      /** Google's name of the status. */
      reason?: string;
      message: string;
      details?: readonly object[];
      /** What the provider says before the answer, such as `Error creating service account: `. */
      prefix?: string;
    };

/** What an API, or the provider itself, refuses, in one line. */
export class CloudError extends Error {
  override name = "CloudError";
  /** Undefined: no API was asked. */
  readonly refusal: Refusal | undefined;

  constructor(refused: string | Refusal) {
    super(typeof refused === "string" ? refused : inShort(refused));
    this.refusal = typeof refused === "string" ? undefined : refused;
  }
}

/** @throws {CloudError} unless the condition holds. */
export function ensure(condition: unknown, refused: string | Refusal): asserts condition {
  if (!condition) throw new CloudError(refused);
}

function inShort(refusal: Refusal): string {
  const { status, message } = refusal;
  switch (refusal.cloud) {
    case "cloudflare":
      return `${status} ${STATUS_CODES[status]}: ${refusal.code === undefined ? "" : `${refusal.code}: `}${message}`;
    case "google":
      return `${refusal.prefix ?? ""}Error ${status}${refusal.reason ? ` ${refusal.reason}` : ""}: ${message}`;
  }
}
