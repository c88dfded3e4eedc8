/**
 * What a check has found: one line or several, and a value for the checks that build on it. Without
 * a value those are skipped, so one misconfiguration is reported once.
 */
import type { Answer } from "../clouds/api-client.ts";
import { describeRefusal } from "../clouds/api-client.ts";

export type Verdict =
  /** Right, or not needed. */
  | "fine"
  /** Nothing is wrong; somebody should know. */
  | "note"
  /** Wrong. It has a cure. */
  | "problem"
  /** A cloud did not answer, or refused to show it. */
  | "unknown"
  /** Something that it needs is not right, or it was not asked for. */
  | "skipped";

export interface Finding {
  verdict: Verdict;
  text: string;
  /** A command or a step. */
  cure?: string;
  /** For one of several lines of a check: what the line is about. */
  about?: string;
}

export interface Found<Value = unknown> {
  findings: readonly Finding[];
  /** Undefined: later checks that need it are skipped. */
  usable: { value: Value } | undefined;
}

export function fine(text: string): Found<undefined>;
export function fine<Value>(text: string, value: Value): Found<Value>;
export function fine(text: string, value?: unknown): Found {
  return { findings: [{ verdict: "fine", text }], usable: { value } };
}

export function note(text: string, cure?: string): Found<undefined>;
export function note<Value>(text: string, cure: string | undefined, value: Value): Found<Value>;
export function note(text: string, cure?: string, value?: unknown): Found {
  return { findings: [finding("note", text, cure)], usable: { value } };
}

export function problem(text: string, cure: string): Found<never> {
  return { findings: [finding("problem", text, cure)], usable: undefined };
}

export function unknown(text: string, cure?: string): Found<never> {
  return { findings: [finding("unknown", text, cure)], usable: undefined };
}

export function skipped(text: string): Found<never> {
  return { findings: [{ verdict: "skipped", text }], usable: undefined };
}

/**
 * Several lines as one check. Its value can be used even if a line is a problem: the value says
 * what is right.
 */
export function lines(found: readonly (readonly [about: string, found: Found])[]): Found<undefined>;
export function lines<Value>(found: readonly (readonly [about: string, found: Found])[], value: Value): Found<Value>;
export function lines(found: readonly (readonly [about: string, found: Found])[], value?: unknown): Found {
  const findings = found.flatMap(([about, { findings }]) => findings.map((finding) => ({ about, ...finding })));
  return { findings, usable: { value } };
}

/** For an answer without a value, where the check has no better explanation. */
export function unanswered(answer: Exclude<Answer<unknown>, { kind: "ok" }>, cure?: string): Found<never> {
  return unknown(answer.kind === "refused" ? describeRefusal(answer) : answer.why, cure);
}

export function isProblem({ findings }: Found): boolean {
  return findings.some(({ verdict }) => verdict === "problem");
}

function finding(verdict: Verdict, text: string, cure: string | undefined): Finding {
  return { verdict, text, ...(cure === undefined ? {} : { cure }) };
}
