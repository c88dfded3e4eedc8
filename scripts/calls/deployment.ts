/**
 * What a command needs to know of a stack before it calls its Worker or reads its logs. Each thing
 * that is missing is one line with the command that supplies it.
 */

import type { Settings } from "../../infra/settings/index.ts";
import { faultLines } from "../../infra/settings/parse.ts";
import { Failure } from "../command/failure.ts";
import type { Outputs, Stack } from "../stack/stack.ts";

/** Names in Cloudflare. */
export interface CloudflareNames {
  account: string;
  gateway: string;
  worker: string;
}

/** @throws {Failure} if the configuration is wrong */
export async function settingsOf(stack: Stack): Promise<Settings> {
  const parsed = await stack.settings();
  if (parsed.kind === "settings") return parsed.settings;
  throw new Failure("problem", `the configuration is wrong:\n${faultLines(parsed.faults)}`, "npm run doctor");
}

/** @throws {Failure} if the configuration is wrong */
export async function cloudflareNames(stack: Stack): Promise<CloudflareNames> {
  const { cloudflareAccountId: account } = await settingsOf(stack);
  const { gateway, worker } = await stack.names();
  return { account, gateway, worker };
}

/** @throws {Failure} if nothing is deployed */
export async function outputsOf(stack: Stack): Promise<Outputs> {
  const outputs = await stack.outputs();
  if (outputs) return outputs;
  throw new Failure("problem", `${stack.title} is not deployed`, "pulumi up");
}

/**
 * Without a slash at its end.
 * @param given the value of `--url`, which wins over the stack's output
 * @throws {Failure}
 */
export function workerUrl({ url }: Outputs, given: unknown): string {
  const found = typeof given === "string" ? given : url;
  if (found === undefined) {
    throw new Failure("problem", "the stack does not know its URL", "pulumi config set workersSubdomain NAME");
  }
  if (!/^https?:\/\//.test(found) || !URL.canParse(found)) {
    throw new Failure("usage", `--url ${found} is not a URL`, "--url https://claude.example.com");
  }
  return found.replace(/\/+$/, "");
}
