/**
 * What the runs of the program have made, by resource. It does what the engine does with its state:
 * a registered resource is created, kept, updated or replaced, and one that is no longer registered
 * is deleted after the others. A replacement is created before the old resource is deleted, unless
 * the program wants it otherwise.
 */
import { differences } from "../resources/differences.ts";
import { RESOURCES } from "../resources/index.ts";
import { CloudError, type Created, type Inputs, type ResourceType } from "../resources/resource-type.ts";
import type { CloudState } from "../state/index.ts";

export interface DeployedResource extends Created {
  type: string;
  /** Logical name. */
  name: string;
  inputs: Inputs;
  createdMs: number;
}

export type Change = { kind: "created" | "updated" | "replaced" | "deleted"; type: string; name: string };

export class Deployment {
  readonly #state: CloudState;
  /** In the order of creation. */
  readonly #resources = new Map<string, DeployedResource>();
  /** Keys that the current run has registered. */
  readonly #registered = new Set<string>();
  #replaced: DeployedResource[] = [];
  #changes: Change[] = [];

  constructor(state: CloudState) {
    this.#state = state;
  }

  get resources(): readonly DeployedResource[] {
    return [...this.#resources.values()];
  }

  /** @throws {CloudError} */
  async apply(
    { type, name, deleteBeforeReplace }: { type: string; name: string; deleteBeforeReplace: boolean },
    inputs: Inputs,
    provider: Inputs,
  ): Promise<Created> {
    const key = keyOf({ type, name });
    this.#registered.add(key);
    const resourceType = typeOf(type);
    const before = this.#resources.get(key);
    const changed = before ? differences(resourceType, before.inputs, inputs) : [];
    if (before && changed.length === 0) return before;
    if (before && !changed.some((argument) => resourceType.replaceOn.includes(argument))) {
      const updated = resourceType.update(this.#state, before.id, inputs);
      const after = { ...before, inputs, outputs: { ...before.outputs, ...updated } };
      this.#resources.set(key, after);
      this.#changes.push({ kind: "updated", type, name });
      return after;
    }
    if (before && deleteBeforeReplace) this.#delete(before);
    const created = await resourceType.create(this.#state, inputs, provider);
    const after = { type, name, inputs, ...created, createdMs: Date.now() };
    if (before && !deleteBeforeReplace) this.#replaced.push(before);
    this.#resources.delete(key); // so that it is deleted after what it depends on was created
    this.#resources.set(key, after);
    this.#changes.push({ kind: before ? "replaced" : "created", type, name });
    return after;
  }

  /**
   * Does what `pulumi refresh` does: what is gone is forgotten, and what was changed by hand counts
   * as changed. The next run creates the first again and repairs the second.
   */
  refresh(): void {
    for (const resource of this.resources) {
      const { type, id, inputs } = resource;
      const live = typeOf(type).read(this.#state, id, inputs);
      if (!live) this.#resources.delete(keyOf(resource));
      else {
        const seen = Object.entries(inputs).map(([name, value]) => [name, name in live ? live[name] : value]);
        this.#resources.set(keyOf(resource), { ...resource, inputs: Object.fromEntries(seen) });
      }
    }
  }

  /** Deletes what the run has replaced or no longer registered. @returns all changes of the run */
  finish(): readonly Change[] {
    for (const resource of this.#replaced.reverse()) this.#delete(resource);
    for (const resource of this.resources.toReversed()) {
      if (this.#registered.has(keyOf(resource))) continue;
      this.#delete(resource);
      this.#resources.delete(keyOf(resource));
      this.#changes.push({ kind: "deleted", type: resource.type, name: resource.name });
    }
    const changes = this.#changes;
    this.#registered.clear();
    this.#replaced = [];
    this.#changes = [];
    return changes;
  }

  #delete({ type, id, inputs }: DeployedResource): void {
    typeOf(type).delete(this.#state, id, inputs);
  }
}

function typeOf(type: string): ResourceType {
  const found = RESOURCES[type];
  if (!found) throw new CloudError(`The local cloud does not know the resource type ${type}.`);
  return found;
}

function keyOf({ type, name }: { type: string; name: string }): string {
  return `${type}::${name}`;
}
