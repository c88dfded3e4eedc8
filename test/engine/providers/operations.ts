/**
 * The operations of a provider on a cloud, one at a time. Tests can let an operation fail, lose its
 * answer, or wait, and can look at the cloud between two operations.
 */
import { lostText, providerText, refusedText } from "../../../local/resources/provider-errors.ts";
import {
  CloudError,
  type Inputs,
  type OperationKind,
  type ResourceType,
} from "../../../local/resources/resource-type.ts";

export interface Operation {
  kind: OperationKind;
  type: string;
  /** The resource's name in the program. */
  name: string;
}

/** Name of the operation, such as `create Key claude-failover-vertex-key-1`. */
export function operationName({ kind, type, name }: Operation): string {
  return `${kind} ${type.split(":").at(-1)} ${name}`;
}

/**
 * `fail`: the cloud refuses, without an effect. `lose answer`: the effect happens, and the
 * connection is lost.
 */
export type Verdict = "proceed" | "fail" | "lose answer";

export interface OperationHooks {
  /** Called and awaited before each operation. */
  onOperation: ((operation: Operation) => Verdict | Promise<Verdict>) | undefined;
  /** Called and awaited after each successful operation. */
  onDone: ((operation: Operation) => unknown) | undefined;
}

export interface Subject {
  type: string;
  name: string;
  resource: ResourceType;
  inputs: Inputs;
  /** Empty before the resource is created. */
  id: string;
}

/** @throws an error with the text that the real provider prints */
export async function operate<Result>(
  hooks: OperationHooks,
  kind: OperationKind,
  { type, name, resource, inputs, id }: Subject,
  effect: () => Result | Promise<Result>,
): Promise<Result> {
  const operation = { kind, type, name };
  const request = resource.request?.(kind, inputs, id);
  const verdict = (await hooks.onOperation?.(operation)) ?? "proceed";
  if (verdict === "fail") throw new Error(refusedText(request));
  const result = await withProviderText(effect, (error) => providerText(error, request));
  if (verdict === "lose answer") throw new Error(lostText(request));
  await hooks.onDone?.(operation);
  return result;
}

async function withProviderText<Result>(effect: () => Result | Promise<Result>, toText: (error: CloudError) => string) {
  try {
    return await effect();
  } catch (error) {
    throw error instanceof CloudError ? new Error(toText(error)) : error;
  }
}
