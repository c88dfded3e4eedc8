/**
 * The faults that are set while the local cloud runs. A fault is data: each host asks for the one
 * that is set for it and acts it out, so that each fails the way it really does. What there is:
 * `schemas.ts`, or `npm start -- --faults`.
 */
import type { z } from "zod";
import { kindOf, problemWithMode, problemWithTarget, SCHEMAS, type TargetKind } from "./targets.ts";

type FaultOf = { [Kind in TargetKind]: z.output<(typeof SCHEMAS)[Kind]> };

/** As it is set: parameters that have a default may be left out. */
export type Fault = z.input<(typeof SCHEMAS)[TargetKind]>;
/** As a host meets it. */
export type MetFault = FaultOf[TargetKind];
export type ProviderFault = FaultOf["anthropic"];

/** A fault that cannot be set: no such target, or no such way to fail. */
export class FaultError extends Error {
  readonly isTargetUnknown: boolean;

  constructor(message: string, isTargetUnknown: boolean) {
    super(message);
    this.isTargetUnknown = isTargetUnknown;
  }
}

export class Faults {
  readonly #set = new Map<string, MetFault>();

  /** @throws {FaultError} for a name that is misspelt; {z.ZodError} for a wrong parameter. */
  set(target: string, fault: Fault): void {
    requireTarget(target);
    const problem = problemWithMode(target, fault);
    if (problem) throw new FaultError(problem, false);
    this.#set.set(target, SCHEMAS[kindOf(target)].parse(fault));
  }

  /**
   * Without a target: all of them.
   * @throws {FaultError} for a target that is misspelt
   */
  clear(target?: string): void {
    if (target === undefined) return this.#set.clear();
    requireTarget(target);
    this.#set.delete(target);
  }

  /** What the next request will meet: the narrower target's first. */
  of(target: string): MetFault | undefined {
    return this.#set.get(target) ?? this.#set.get(kindOf(target));
  }

  /** The fault that this request meets; one use of it is spent. */
  take<Kind extends TargetKind>(kind: Kind, location?: string): FaultOf[Kind] | undefined {
    const narrow = `${kind}/${location}`;
    const target = this.#set.has(narrow) ? narrow : kind;
    const fault = this.#set.get(target) as FaultOf[Kind] | undefined; // `set` has parsed it for this kind of target
    if (fault?.times === 1) this.#set.delete(target);
    else if (fault?.times) this.#set.set(target, { ...fault, times: fault.times - 1 });
    return fault;
  }

  /** `times` are the uses left. */
  list(): Record<string, MetFault> {
    return Object.fromEntries(this.#set);
  }
}

/** @throws {FaultError} for a target that is misspelt */
export function requireTarget(target: string): void {
  const problem = problemWithTarget(target);
  if (problem) throw new FaultError(problem, true);
}
