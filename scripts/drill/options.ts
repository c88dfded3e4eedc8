/** How often and for how long a drill asks. */
import { InvalidArgumentError } from "commander";
import type { OperatorClient } from "../calls/operator-client.ts";
import type { Options } from "../command/command.ts";
import { Failure } from "../command/failure.ts";

export const DEFAULT_RATE = 1;
const MAX_RATE = 200;
/** A single drill: one request without it, and one with it. */
const ONCE = 2;

export interface Times {
  /** How many requests; half of them are drilled. */
  count: number;
  /** Requests a second; undefined: one after the other. */
  rate: number | undefined;
}

/** @throws {Failure} if the options contradict each other */
export function readTimes(options: Options): Times {
  const durationMs = typeof options.for === "number" ? options.for : undefined;
  const given = typeof options.rate === "number" ? options.rate : undefined;
  if (durationMs === undefined) {
    if (given === undefined) return { count: ONCE, rate: undefined };
    throw new Failure("usage", "--rate says how often, but not for how long", "add --for 1m");
  }
  const rate = given ?? DEFAULT_RATE;
  return { count: Math.max(ONCE, Math.round((durationMs / 1_000) * rate)), rate };
}

/** Above its rate limit the client would get 429 from the Worker itself. @throws {Failure} */
export function requireAllowedRate({ name, requestsPerMinute }: OperatorClient, { rate }: Times): void {
  if (requestsPerMinute === undefined || rate === undefined || rate * 60 <= requestsPerMinute) return;
  const allowed = Math.floor((requestsPerMinute / 60) * 100) / 100;
  throw new Failure("usage", `the client ${name} may send ${requestsPerMinute} requests a minute`, `--rate ${allowed}`);
}

/** For commander. @throws {InvalidArgumentError} */
export function toRate(text: string): number {
  const rate = Number(text);
  if (text.trim() !== "" && rate > 0 && rate <= MAX_RATE) return rate;
  throw new InvalidArgumentError(`a rate is a number of requests a second, up to ${MAX_RATE}.`);
}

/** For commander. @throws {InvalidArgumentError} */
export function toPercent(text: string): number {
  const percent = Number(text);
  if (text.trim() !== "" && percent >= 0 && percent <= 100) return percent;
  throw new InvalidArgumentError("a share is from 0 to 100.");
}
