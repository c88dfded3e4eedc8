/** Decides which stack a command works with: one of the pulumi CLI, or a running `npm start`. */
import type { Options } from "../command/command.ts";
import { Failure } from "../command/failure.ts";
import { LocalStack } from "./local-stack.ts";
import type { CliOptions } from "./pulumi-cli.ts";
import { PulumiStack } from "./pulumi-stack.ts";
import type { Stack } from "./stack.ts";

/** Where `npm start` serves its local cloud if no other port is given. */
export const DEFAULT_LOCAL_CLOUD = "http://127.0.0.1:8788";

/** @throws {Failure} if the options contradict each other */
export function openStack({ stack, local }: Options, cli: CliOptions): Stack {
  if (local === undefined) return new PulumiStack(typeof stack === "string" ? stack : undefined, cli);
  if (stack !== undefined) throw new Failure("usage", "--local has one stack only", "leave out --stack");
  const cloudUrl = typeof local === "string" ? local : DEFAULT_LOCAL_CLOUD;
  if (!URL.canParse(cloudUrl))
    throw new Failure("usage", `--local ${cloudUrl} is not a URL`, "--local http://127.0.0.1:8788");
  return new LocalStack(cloudUrl, cli.signal);
}
