/**
 * What an experiment finds. It makes checks, each of which compares what was seen with what the
 * local cloud believes. Together they are the verdict on the point.
 */
import { type Answer, describeRefusal } from "../clouds/api-client.ts";
import type { RawAnswer } from "../clouds/raw-request.ts";
import { redact } from "../command/redact.ts";

export type Verdict = "as we believe" | "different" | "could not tell";

export interface Finding {
  verdict: Verdict;
  /** For a reader who knows the point. Without secrets. */
  seen: string;
  /** Only with `different`: the setting or the rule of the local cloud that follows. */
  consequence?: string;
}

export type Check =
  | { kind: "told"; what: string; believed: string; seen: string; consequence: string }
  | { kind: "untold"; what: string; why: string };

/** The longest text of a cloud that a report quotes. */
const MAX_QUOTE = 200;

/** @param consequence what follows if the two differ */
export function compare(what: string, believed: string, seen: string, consequence: string): Check {
  return { kind: "told", what, believed, seen, consequence };
}

export function untold(what: string, why: string): Check {
  return { kind: "untold", what, why };
}

/** One check that differs decides. What could not be told is said, and decides nothing. */
export function conclude(checks: readonly Check[]): Finding {
  const told = checks.filter((check) => check.kind === "told");
  const wrong = told.filter(({ believed, seen }) => believed !== seen);
  const seen = checks.map(describe).join("; ");
  if (wrong.length > 0) {
    const consequences = new Set(wrong.map(({ consequence }) => consequence));
    return { verdict: "different", seen, consequence: [...consequences].join("; ") };
  }
  return { verdict: told.length > 0 ? "as we believe" : "could not tell", seen };
}

/**
 * What a control plane did with a request: `accepted`, or the status and the code of its refusal.
 * Undefined if that says nothing about the rule: no answer, a missing permission, a rate limit or a
 * failure of the cloud.
 */
export function outcomeOf(answer: Answer<unknown>): string | undefined {
  switch (answer.kind) {
    case "ok":
      return "accepted";
    case "unreachable":
      return undefined;
    case "refused": {
      const { status, code } = answer;
      const saysNothing = status === 401 || status === 403 || status === 429 || status >= 500;
      return saysNothing ? undefined : [status, ...(code === undefined ? [] : [code])].join(" ");
    }
  }
}

/** Compares the outcome of a request. The cloud's own words are added to what was seen. */
export function compareOutcome(what: string, believed: string, answer: Answer<unknown>, consequence: string): Check {
  const seen = outcomeOf(answer);
  if (seen === undefined) return untold(what, whyNot(answer));
  const isSame = seen === believed;
  return compare(what, believed, isSame ? seen : whyNot(answer), consequence);
}

/** An answer of a control plane in one line. */
export function whyNot(answer: Answer<unknown>): string {
  switch (answer.kind) {
    case "ok":
      return "accepted";
    case "refused":
      return quote(describeRefusal(answer));
    case "unreachable":
      return quote(answer.why);
  }
}

/** Any answer in one line. */
export function describeRaw(answer: RawAnswer): string {
  return answer.kind === "unreachable" ? quote(answer.why) : quote(`${answer.status} ${answer.text}`.trim());
}

/** One line of a cloud's text, without secrets, short enough for a table. */
export function quote(text: string): string {
  const line = redact(text.replaceAll(/\s+/g, " ").trim());
  return line.length <= MAX_QUOTE ? line : `${line.slice(0, MAX_QUOTE - 1)}…`;
}

function describe(check: Check): string {
  if (check.kind === "untold") return `${check.what}: could not be told (${check.why})`;
  const { what, believed, seen } = check;
  return believed === seen ? `${what}: ${seen}` : `${what}: ${seen}, not ${believed}`;
}
