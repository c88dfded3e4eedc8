/** Doctor's cures name the stack that doctor was called with. */
import { cureForStack } from "../command/cure-for-stack.ts";
import type { Line } from "./examination.ts";

/** @param name the value of `--stack`; anything else adds nothing */
export function forStack(line: Line, name: unknown): Line {
  return line.cure === undefined ? line : { ...line, cure: cureForStack(line.cure, name) };
}
