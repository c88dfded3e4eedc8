/**
 * What a provider does to a cloud, one operation at a time: tests can have one fail, lose its answer, or wait, and can look at the
 * cloud between two of them.
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
  /** Of the resource in the program. */
  name: string;
}

/** `fail`: nothing happens, and the cloud refuses. `lose answer`: it happens, and the connection is lost. */
export type Verdict = "proceed" | "fail" | "lose answer";

export interface OperationHooks {
  /** Called before each operation, and awaited. */
  onOperation: ((operation: Operation) => Verdict | Promise<Verdict>) | undefined;
  /** Called after each operation that succeeded, and awaited. */
  onDone: ((operation: Operation) => unknown) | undefined;
}

export interface Subject {
  type: string;
  name: string;
  resource: ResourceType;
  inputs: Inputs;
  /** Empty where it has none yet. */
  id: string;
}

/** @throws an error whose message is what the real provider prints. */
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
  const result = await told(effect, (error) => providerText(error, request));
  if (verdict === "lose answer") throw new Error(lostText(request));
  await hooks.onDone?.(operation);
  return result;
}

async function told<Result>(effect: () => Result | Promise<Result>, toText: (error: CloudError) => string) {
  try {
    return await effect();
  } catch (error) {
    throw error instanceof CloudError ? new Error(toText(error)) : error;
  }
}
