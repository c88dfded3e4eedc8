/**
 * The rotation of Anthropic's key, which the stack does not mint: the present key becomes
 * `anthropicApiKeyPrevious`, and a new key is asked for. Where the rotation stands is read from the
 * settings and from the names of the Worker's secrets.
 */
import { z } from "zod";
import { cloudflareNames } from "../calls/deployment.ts";
import { describeRefusal, requireValue } from "../clouds/api-client.ts";
import type { Session } from "../command/command.ts";
import { Failure } from "../command/failure.ts";
import type { Walk } from "./walk.ts";

export type AnthropicStep =
  | "start"
  /** The present key is kept as the previous one; the new key is not set yet. */
  | "set the new key"
  /** Both keys are set: `up` gives them to the Worker. */
  | "make"
  /** The Worker has both keys. */
  | "change over"
  /** The previous key is no longer set: `up` takes it from the Worker. */
  | "finish";

export function nextAnthropicStep(
  { anthropicApiKey, anthropicApiKeyPrevious }: Readonly<Record<string, unknown>>,
  workerHasPrevious: boolean,
): AnthropicStep {
  if (anthropicApiKeyPrevious === undefined) return workerHasPrevious ? "finish" : "start";
  if (anthropicApiKeyPrevious === anthropicApiKey) return "set the new key";
  return workerHasPrevious ? "change over" : "make";
}

export async function rotateAnthropicKey(walk: Walk): Promise<void> {
  const { stack, output } = walk.session;
  const secret = { secret: true };
  for (;;) {
    const configured = await stack.configured();
    const present = configured.anthropicApiKey;
    switch (nextAnthropicStep(configured, await workerHasPrevious(walk.session))) {
      case "start":
        if (walk.done.length > 0) {
          output.say(output.color.green("Done: only the new key is used."));
          return;
        }
        await walk.step("set anthropicApiKeyPrevious to the present key", () =>
          stack.set("anthropicApiKeyPrevious", present, secret),
        );
        break;
      case "set the new key": {
        const key = await newKey(walk.session, present);
        await walk.step("set anthropicApiKey to the new key", () => stack.set("anthropicApiKey", key, secret));
        break;
      }
      case "make":
        await walk.step("pulumi up gives the Worker both keys", () => walk.up());
        break;
      case "change over":
        await walk.step("wait until the new version of the Worker answers everywhere", () => walk.settle());
        await walk.step("make sure that Anthropic accepts the new key", () =>
          walk.requireUnused({
            use: { key: "previous.anthropic_key" },
            newMadeMs: 0,
            cure: "Anthropic refuses the new key: pulumi config set --secret anthropicApiKey sets another one",
          }),
        );
        await walk.step("remove anthropicApiKeyPrevious (then disable the old key in Anthropic's console)", () =>
          stack.remove("anthropicApiKeyPrevious"),
        );
        break;
      case "finish":
        await walk.step("pulumi up takes the old key from the Worker", () => walk.up());
        break;
    }
  }
}

/** @throws {Failure} if Anthropic does not accept it */
async function newKey({ stack, output }: Session, present: unknown): Promise<string> {
  const key = await output.askForSecret("The new Anthropic key");
  if (key === present)
    throw new Failure("usage", "the new key is the present one", "make a new key in Anthropic's console");
  const answer = await stack.clouds.anthropic.models(key);
  if (answer.kind === "ok") return key;
  const why = answer.kind === "refused" ? describeRefusal(answer) : answer.why;
  throw new Failure(
    "problem",
    `Anthropic does not accept the new key: ${why}`,
    "run the same command again with another key",
  );
}

async function workerHasPrevious({ stack }: Session): Promise<boolean> {
  const { account, worker } = await cloudflareNames(stack);
  const path = `accounts/${account}/workers/scripts/${worker}/secrets`;
  const secrets = requireValue(
    await stack.clouds.cloudflare.get(path, z.array(z.object({ name: z.string() }))),
    "the names of the Worker's secrets",
  );
  return secrets.some(({ name }) => name === "ANTHROPIC_API_KEY_PREVIOUS");
}
