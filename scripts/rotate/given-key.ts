/**
 * The rotation of a key that the stack does not mint, such as Anthropic's: the present key becomes
 * the previous one, and a new key is asked for. Where the rotation stands is read from the settings
 * and from the names of the Worker's secrets.
 */
import { z } from "zod";
import { cloudflareNames, settingsOf } from "../calls/deployment.ts";
import { type Answer, describeRefusal, requireValue } from "../clouds/api-client.ts";
import type { Session } from "../command/command.ts";
import { Failure } from "../command/failure.ts";
import type { Stack } from "../stack/stack.ts";
import type { PreviousUse } from "./secret.ts";
import type { Walk } from "./walk.ts";

export interface GivenKey {
  /** The setting. Its previous value is in the setting of the same name with `Previous`. */
  name: "anthropicApiKey" | "bedrockApiKey";
  provider: string;
  console: string;
  /** The Worker's secret with the previous key. */
  previousSecret: string;
  previousUse: PreviousUse;
  /** Asks the provider about a key, without costs. */
  check(stack: Stack, key: string): Promise<Answer<unknown>>;
}

export const GIVEN_KEYS: readonly GivenKey[] = [
  {
    name: "anthropicApiKey",
    provider: "Anthropic",
    console: "Anthropic's console",
    previousSecret: "ANTHROPIC_API_KEY_PREVIOUS",
    previousUse: { key: "previous.anthropic_key" },
    check: (stack, key) => stack.clouds.anthropic.models(key),
  },
  {
    name: "bedrockApiKey",
    provider: "Bedrock",
    console: "the AWS console",
    previousSecret: "BEDROCK_API_KEY_PREVIOUS",
    previousUse: { key: "previous.bedrock_key" },
    async check(stack, key) {
      const { bedrock } = await settingsOf(stack);
      if (bedrock) return stack.clouds.bedrock.models(bedrock.region, key);
      throw new Failure(
        "usage",
        "the stack does not use Bedrock",
        `pulumi config set bedrock '{"region":"us-east-1"}'`,
      );
    },
  },
];

export type GivenKeyStep =
  | "start"
  /** The present key is kept as the previous one; the new key is not set yet. */
  | "set the new key"
  /** Both keys are set: `up` gives them to the Worker. */
  | "make"
  /** The Worker has both keys. */
  | "change over"
  /** The previous key is no longer set: `up` takes it from the Worker. */
  | "finish";

export function nextGivenKeyStep(present: unknown, previous: unknown, workerHasPrevious: boolean): GivenKeyStep {
  if (previous === undefined) return workerHasPrevious ? "finish" : "start";
  if (previous === present) return "set the new key";
  return workerHasPrevious ? "change over" : "make";
}

export async function rotateGivenKey(walk: Walk, given: GivenKey): Promise<void> {
  const { stack, output } = walk.session;
  const { name, provider, console, previousUse } = given;
  const previousName = `${name}Previous`;
  const secret = { secret: true };
  for (;;) {
    const { [name]: present, [previousName]: previous } = await stack.configured();
    if (present === undefined) {
      throw new Failure("usage", `the stack has no ${name}`, `pulumi config set --secret ${name}`);
    }
    switch (nextGivenKeyStep(present, previous, await workerHasPrevious(walk.session, given))) {
      case "start":
        if (walk.done.length > 0) {
          output.say(output.color.green("Done: only the new key is used."));
          return;
        }
        await walk.step(`set ${previousName} to the present key`, () => stack.set(previousName, present, secret));
        break;
      case "set the new key": {
        const key = await newKey(walk.session, given, present);
        await walk.step(`set ${name} to the new key`, () => stack.set(name, key, secret));
        break;
      }
      case "make":
        await walk.step("pulumi up gives the Worker both keys", () => walk.up());
        break;
      case "change over":
        await walk.step("wait until the new version of the Worker answers everywhere", () => walk.settle());
        await walk.step(`make sure that ${provider} accepts the new key`, () =>
          walk.requireUnused({
            use: previousUse,
            newMadeMs: 0,
            cure: `${provider} refuses the new key: pulumi config set --secret ${name} sets another one`,
          }),
        );
        await walk.step(`remove ${previousName} (then disable the old key in ${console})`, () =>
          stack.remove(previousName),
        );
        break;
      case "finish":
        await walk.step("pulumi up takes the old key from the Worker", () => walk.up());
        break;
    }
  }
}

/** @throws {Failure} if the provider does not accept it */
async function newKey({ stack, output }: Session, given: GivenKey, present: unknown): Promise<string> {
  const { provider, console, check } = given;
  const key = await output.askForSecret(`The new ${provider} key`);
  if (key === present) throw new Failure("usage", "the new key is the present one", `make a new key in ${console}`);
  const answer = await check(stack, key);
  if (answer.kind === "ok") return key;
  const why = answer.kind === "refused" ? describeRefusal(answer) : answer.why;
  throw new Failure(
    "problem",
    `${provider} does not accept the new key: ${why}`,
    "run the same command again with another key",
  );
}

async function workerHasPrevious({ stack }: Session, { previousSecret }: GivenKey): Promise<boolean> {
  const { account, worker } = await cloudflareNames(stack);
  const path = `accounts/${account}/workers/scripts/${worker}/secrets`;
  const secrets = requireValue(
    await stack.clouds.cloudflare.get(path, z.array(z.object({ name: z.string() }))),
    "the names of the Worker's secrets",
  );
  return secrets.some(({ name }) => name === previousSecret);
}
