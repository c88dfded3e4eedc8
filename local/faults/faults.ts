/**
 * Holds the faults that are set while the local cloud runs. A fault is data: each host looks up its
 * own fault and acts it out, so that each host fails the way the real one does. For the list of
 * faults, see `schemas.ts` or run `npm start -- --faults`.
 */
import type { z } from "zod";
import { kindOf, problemWithMode, problemWithTarget, SCHEMAS, type TargetKind } from "./targets.ts";

type FaultOf = { [Kind in TargetKind]: z.output<(typeof SCHEMAS)[Kind]> };

/** A fault as a caller sets it. Parameters with a default are optional. */
export type Fault = z.input<(typeof SCHEMAS)[TargetKind]>;
/** A fault after parsing. Every parameter has its value. */
export type ParsedFault = FaultOf[TargetKind];
export type ProviderFault = FaultOf["anthropic"];

/** Thrown when a fault cannot be set: the target or the mode does not exist. */
export class FaultError extends Error {
  readonly isTargetUnknown: boolean;

  constructor(message: string, isTargetUnknown: boolean) {
    super(message);
    this.isTargetUnknown = isTargetUnknown;
  }
}

export class Faults {
  readonly #set = new Map<string, ParsedFault>();

  /**
   * @throws {FaultError} for an unknown target or mode
   * @throws {z.ZodError} for a wrong parameter
   */
  set(target: string, fault: Fault): void {
    requireTarget(target);
    const problem = problemWithMode(target, fault);
    if (problem) throw new FaultError(problem, false);
    this.#set.set(target, SCHEMAS[kindOf(target)].parse(fault));
  }

  /**
   * Clears one target, or all of them.
   * @throws {FaultError} for an unknown target
   */
  clear(target?: string): void {
    if (target === undefined) return this.#set.clear();
    requireTarget(target);
    this.#set.delete(target);
  }

  /** The fault for the next request. A fault for one location takes precedence. Uses nothing up. */
  peek(target: string): ParsedFault | undefined {
    return this.#set.get(target) ?? this.#set.get(kindOf(target));
  }

  /** The fault for this request. It uses up one of the fault's `times`. */
  take<Kind extends TargetKind>(kind: Kind, location?: string): FaultOf[Kind] | undefined {
    const narrow = `${kind}/${location}`;
    const target = this.#set.has(narrow) ? narrow : kind;
    const fault = this.#set.get(target) as FaultOf[Kind] | undefined; // `set` parsed it with this kind's schema
    if (fault?.times === 1) this.#set.delete(target);
    else if (fault?.times) this.#set.set(target, { ...fault, times: fault.times - 1 });
    return fault;
  }

  /** In the result, `times` is the number of uses left. */
  list(): Record<string, ParsedFault> {
    return Object.fromEntries(this.#set);
  }
}

/** @throws {FaultError} for an unknown target */
export function requireTarget(target: string): void {
  const problem = problemWithTarget(target);
  if (problem) throw new FaultError(problem, true);
}
