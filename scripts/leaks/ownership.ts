/**
 * Decides whether a thing in a cloud was made by a stack of this project. A name alone can mislead:
 * project `a-b` with stack `c` and project `a` with stack `b-c` have the same names. A label can
 * name a stack that lives in another backend. So a thing is ours only if its label names a stack of
 * this backend, or if it has a name of a stack that is claimed.
 */
import { type ResourceNames, resourceNames } from "../../infra/names.ts";

export type Owner =
  /** The thing itself names the project and the stack, or what it belongs to does. */
  | { kind: "ours"; stack: string; because: "label" | "name" }
  /** It could be of a stack of ours, but also of another project or another backend. */
  | { kind: "unsure" }
  | { kind: "foreign" };

export type NameKind = Exclude<keyof ResourceNames, "label">;

export interface KnownStacks {
  /** Those of the backend, and those that are claimed. */
  known: Iterable<string>;
  /** Those that the operator names, and those whose state holds things of their names. */
  claimed: Iterable<string>;
}

export class Ownership {
  readonly #project: string;
  readonly #known: ReadonlySet<string>;
  readonly #claimed: ReadonlyMap<string, ResourceNames>;

  constructor(project: string, { known, claimed }: KnownStacks) {
    this.#project = project;
    this.#known = new Set(known);
    this.#claimed = new Map([...new Set(claimed)].map((stack) => [stack, resourceNames(project, stack)]));
  }

  /** The stack that a label such as `claude-failover/dev` names, if it is of this project. */
  #stackOfLabel(label: string | undefined): string | undefined {
    const [project, stack, ...rest] = label?.split("/") ?? [];
    return project === this.#project && stack && rest.length === 0 ? stack : undefined;
  }

  /** @param label what the thing says of its owner; undefined: nothing */
  of(kind: NameKind, name: string, label?: string): Owner {
    if (label !== undefined) {
      const stack = this.#stackOfLabel(label);
      if (stack === undefined || !hasName(resourceNames(this.#project, stack), kind, name)) return { kind: "foreign" };
      return this.#known.has(stack) ? { kind: "ours", stack, because: "label" } : { kind: "unsure" };
    }
    for (const [stack, names] of this.#claimed) {
      if (hasName(names, kind, name)) return { kind: "ours", stack, because: "name" };
    }
    return this.#couldBeOurs(kind, name) ? { kind: "unsure" } : { kind: "foreign" };
  }

  #couldBeOurs(kind: NameKind, name: string): boolean {
    const { [kind]: example } = resourceNames(this.#project, "x");
    const separator = kind === "role" ? "_" : "-";
    // For example `claude-failover-`. A long project name is shortened, and then nothing is guessed.
    const start = example.endsWith(`${separator}x`) ? example.slice(0, -1) : undefined;
    return start !== undefined && name.startsWith(start);
  }
}

/** A pool has a random part after its name. */
function hasName(names: ResourceNames, kind: NameKind, name: string): boolean {
  if (kind !== "pool") return names[kind] === name;
  return name.startsWith(`${names.pool}-`) && /^[0-9a-f]{6}$/.test(name.slice(names.pool.length + 1));
}
