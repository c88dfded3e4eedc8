/**
 * The demo: sends real requests with the official SDK while Anthropic is healthy, overloaded,
 * rate-limited or broken, and checks which provider answered.
 */
import Anthropic from "@anthropic-ai/sdk";
import pc from "picocolors";
import { Agent } from "undici";
import { isFable } from "../../infra/models/fable.ts";
import type { Provider } from "../../worker/targets/target.ts";
import { type ServedModel, servedByBoth } from "../claude/models.ts";
import type { Fault } from "../faults/faults.ts";
import type { Sandbox } from "../sandbox/index.ts";

interface Scene {
  title: string;
  fault?: Fault;
  stream: boolean;
  /**
   * Asks for a model of `PINNED_LOCATION` instead. Left out if the stack has no other model there.
   */
  isPinned?: true;
  /**
   * Matches the answer's id: Vertex's start with `msg_vrtx_`, Bedrock's with `msg_bdrk_`. Of a stack
   * in the default order.
   */
  expectedId: RegExp;
  /** Vertex fails too. Left out if the stack has no Bedrock behind it. */
  isForBedrock?: true;
}

const FROM_ANTHROPIC = /^msg_(?!vrtx_|bdrk_)/;
const FROM_VERTEX = /^msg_vrtx_/;
const FROM_BEDROCK = /^msg_bdrk_/;
const FROM_EITHER = /^msg_/;
const FROM: Readonly<Record<Provider, RegExp>> = {
  anthropic: FROM_ANTHROPIC,
  vertex: FROM_VERTEX,
  bedrock: FROM_BEDROCK,
};

/**
 * The region that serves models up to Sonnet 4.6. Newer models are in the multi-regions and in
 * `global`.
 */
const PINNED_LOCATION = "us-east5";

const OVERLOADED = { title: "overloaded_error (529)", fault: { mode: "status", status: 529 } } as const;
const LIMITED = { title: "rate_limit_error (429)", fault: { mode: "status", status: 429 } } as const;
const BROKEN = { title: "api_error (500)", fault: { mode: "status", status: 500 } } as const;
const RESET = { title: "connection reset", fault: { mode: "reset" } } as const;
const ERROR_IN_STREAM = {
  title: "error inside a 200 stream",
  fault: { mode: "error_event", type: "overloaded_error" },
} as const;

const HEALTHY = { title: "Anthropic is well", expectedId: FROM_ANTHROPIC } as const;
const HEALTHY_AGAIN = { title: "Anthropic is well again", expectedId: FROM_ANTHROPIC } as const;
const STILL_OVERLOADED = { ...OVERLOADED, title: "still overloaded (529)" } as const;

/**
 * At most one failure in a row, except at the end. After a second failure in a row, the Worker asks
 * Anthropic alone to learn its status, and the breaker opens for half a minute.
 */
const SCENES: readonly Scene[] = [
  { ...HEALTHY, stream: false },
  { ...HEALTHY, stream: true },
  { ...LIMITED, stream: false, expectedId: FROM_VERTEX },
  { ...HEALTHY_AGAIN, stream: true },
  { ...BROKEN, stream: true, expectedId: FROM_VERTEX },
  { ...HEALTHY_AGAIN, stream: false },
  { ...RESET, stream: false, expectedId: FROM_VERTEX },
  { ...HEALTHY_AGAIN, stream: true },
  { ...ERROR_IN_STREAM, stream: true, expectedId: FROM_VERTEX },
  { ...HEALTHY_AGAIN, stream: false },
  { ...OVERLOADED, stream: false, isPinned: true, expectedId: FROM_VERTEX },
  { ...OVERLOADED, stream: false, expectedId: FROM_VERTEX },
  { ...STILL_OVERLOADED, stream: true, expectedId: FROM_VERTEX },
  { ...STILL_OVERLOADED, stream: false, expectedId: FROM_VERTEX },
  { ...STILL_OVERLOADED, stream: true, expectedId: FROM_VERTEX },
  { ...STILL_OVERLOADED, title: "Vertex overloaded too", stream: true, isForBedrock: true, expectedId: FROM_BEDROCK },
];

/** How many scenes fail in a row before a scene in which Anthropic must answer again. */
const MOST_FAILURES_IN_A_ROW = 1;

/**
 * The newest model that both providers serve on the local cloud's date, at Google in the stack's
 * Vertex locations. Fable is left out, because Google wants more consents for it.
 */
export function chooseModel({ cloud, vertexLocations, options: { force } }: Sandbox): ServedModel {
  const { today } = cloud.context;
  const forced = vertexLocations.filter((location) => force === `vertex/${location}`);
  const locations = forced.length > 0 ? forced : vertexLocations;
  const model = servedByBoth(locations, today).findLast(({ anthropicId }) => !isFable(anthropicId));
  if (model) return model;
  throw new Error(`On ${today} no model was served by both sides in ${locations.join(" or ")}: choose another --date.`);
}

/** @returns undefined if no model of the stack is in `PINNED_LOCATION`, or only the demo's own */
function choosePinned({ cloud, vertexLocations }: Sandbox, demo: ServedModel): ServedModel | undefined {
  if (!vertexLocations.includes(PINNED_LOCATION)) return undefined;
  const newest = servedByBoth([PINNED_LOCATION], cloud.context.today).at(-1);
  return newest === demo ? undefined : newest;
}

/** The order in which a model's providers are asked. */
function providersOf({ bedrockId }: ServedModel, { force, chain }: Sandbox["options"]): Provider[] {
  const serving = chain.filter((provider) => provider !== "bedrock" || bedrockId !== undefined);
  const isForced = (provider: Provider) => force?.split("/")[0] === provider;
  return [...serving.filter(isForced), ...serving.filter((provider) => !isForced(provider))];
}

/** Which provider must answer in a scene, with the stack's settings. Only Anthropic ever fails alone. */
function expectedIdOf({ expectedId }: Scene, [first, second]: readonly Provider[], stack: Sandbox["options"]): RegExp {
  const { force, breaker } = stack;
  // Before the first token of Google, a chain that begins with Vertex asks the others.
  if (first === "vertex" && force === null) return FROM_EITHER;
  if (first && first !== "anthropic") return FROM[first];
  if (second && expectedId === FROM_VERTEX) return FROM[second];
  // A breaker that opens this early may still be open when Anthropic is healthy again.
  const opensDuringDemo = breaker.failures <= MOST_FAILURES_IN_A_ROW;
  return opensDuringDemo && expectedId === FROM_ANTHROPIC && force === null ? FROM_EITHER : expectedId;
}

/** Explains why Vertex may still answer when nothing is broken any more. */
export function breakerText({ openMs }: Sandbox["options"]["breaker"]): string {
  const time = `${openMs / 1_000} s or its retry-after`;
  return `Anthropic kept failing, so the Worker's circuit breaker moves it to the end of the chain for ${time}.`;
}

/** @returns whether every answer came from the expected provider */
export async function runDemo(stack: Sandbox, say: (text: string) => void): Promise<boolean> {
  const { faults } = stack.cloud.context;
  const client = new Anthropic({
    baseURL: stack.runtime.url,
    apiKey: Object.values(stack.outputs.clientTokens)[0] ?? null,
    maxRetries: 0,
    // Node's default dispatcher may use a proxy: Node reads the user's environment before this code
    // runs.
    fetchOptions: { dispatcher: new Agent() },
  });
  const demo = chooseModel(stack);
  const pinned = choosePinned(stack, demo);
  const { anthropicId: model, locations } = demo;
  const usedLocations = stack.vertexLocations.filter((location) => locations.includes(location)).join(", ");
  const titles: Readonly<Record<Provider, string>> = {
    anthropic: "Anthropic",
    vertex: `Vertex AI in ${usedLocations}`,
    bedrock: `Amazon Bedrock in ${stack.options.bedrock?.region}`,
  };
  const providers = providersOf(demo, stack.options);
  const inOrder = providers.map((provider) => titles[provider]).join(", then ");
  say(pc.bold(`\nDemo: ${model} with @anthropic-ai/sdk, first ${inOrder}\n`));
  let asExpected = true;
  for (const scene of SCENES) {
    const { fault, stream, isPinned, isForBedrock } = scene;
    if (isPinned && !pinned) continue;
    if (isForBedrock && providers.at(-1) !== "bedrock") continue;
    const asked = isPinned && pinned ? pinned.anthropicId : model;
    const title = isPinned ? `529 for ${asked}` : scene.title;
    const askedProviders = isPinned && pinned ? providersOf(pinned, stack.options) : providers;
    const expectedId = isForBedrock ? FROM_BEDROCK : expectedIdOf(scene, askedProviders, stack.options);
    faults.clear();
    if (fault) faults.set("anthropic", fault);
    if (fault && isForBedrock) faults.set("vertex", fault);
    const startedMs = performance.now();
    const answer = await ask(client, asked, stream).catch((error: unknown) => ({
      id: "no answer",
      target: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
    }));
    const ms = (performance.now() - startedMs).toFixed(0);
    const isExpected = expectedId.test(answer.id);
    asExpected &&= isExpected;
    say(
      [
        isExpected ? pc.green("  ✓") : pc.red("  ✗"),
        title.padEnd(26),
        (stream ? "stream" : "JSON").padEnd(7),
        (expectedId === FROM_ANTHROPIC ? pc.cyan : pc.yellow)(answer.id.padEnd(34)),
        pc.dim(`${answer.target}, ${ms} ms`),
      ].join(" "),
    );
  }
  faults.clear();
  say(pc.dim(`\n  ?: the gateway hides this status. open: ${breakerText(stack.options.breaker)}`));
  say(
    asExpected
      ? pc.green("\n  Every answer came from where it should.")
      : pc.red("\n  Not every answer came from where it should."),
  );
  return asExpected;
}

/** @throws when the answer is not complete */
async function ask(client: Anthropic, model: string, stream: boolean): Promise<{ id: string; target: string }> {
  const request = { model, max_tokens: 64, messages: [{ role: "user" as const, content: "Hello" }] };
  const { message, response } = stream
    ? await askForStream(client, request)
    : await client.messages
        .create(request)
        .withResponse()
        .then(({ data, response }) => ({ message: data, response }));
  if (message.stop_reason === null) throw new Error("the answer is not complete");
  return { id: message.id, target: response.headers.get("x-failover-attempts") ?? "" };
}

async function askForStream(client: Anthropic, request: Anthropic.MessageCreateParamsNonStreaming) {
  const stream = client.messages.stream(request);
  const { response } = await stream.withResponse();
  return { message: await stream.finalMessage(), response };
}
