/**
 * The story: real requests by the official SDK while Anthropic is well, overloaded, limiting,
 * broken.
 */
import Anthropic from "@anthropic-ai/sdk";
import pc from "picocolors";
import { Agent } from "undici";
import { newestServedByBoth, type ServedModel } from "../claude/models.ts";
import type { Fault } from "../faults/faults.ts";
import type { Sandbox } from "../sandbox/index.ts";

interface Scene {
  title: string;
  fault?: Fault;
  stream: boolean;
  /** How the answer's id begins: `msg_vrtx_` is Vertex's. */
  expectedId: RegExp;
}

const FROM_ANTHROPIC = /^msg_(?!vrtx_)/;
const FROM_VERTEX = /^msg_vrtx_/;
const FROM_EITHER = /^msg_/;

const OVERLOADED = { title: "overloaded_error (529)", fault: { mode: "status", status: 529 } } as const;
const LIMITED = { title: "rate_limit_error (429)", fault: { mode: "status", status: 429 } } as const;
const BROKEN = { title: "api_error (500)", fault: { mode: "status", status: 500 } } as const;
const RESET = { title: "connection reset", fault: { mode: "reset" } } as const;
const LATE = {
  title: "error inside a 200 stream",
  fault: { mode: "error_event", type: "overloaded_error" },
} as const;

const WELL = { title: "Anthropic is well", expectedId: FROM_ANTHROPIC } as const;
const WELL_AGAIN = { title: "Anthropic is well again", expectedId: FROM_ANTHROPIC } as const;
const STILL_OVERLOADED = { ...OVERLOADED, title: "still overloaded (529)" } as const;

/**
 * One failure at a time, until the last scenes: a second one in a row is seen by a look at Anthropic
 * alone, and opens its circuit for half a minute.
 */
const SCENES: readonly Scene[] = [
  { ...WELL, stream: false },
  { ...WELL, stream: true },
  { ...LIMITED, stream: false, expectedId: FROM_VERTEX },
  { ...WELL_AGAIN, stream: true },
  { ...BROKEN, stream: true, expectedId: FROM_VERTEX },
  { ...WELL_AGAIN, stream: false },
  { ...RESET, stream: false, expectedId: FROM_VERTEX },
  { ...WELL_AGAIN, stream: true },
  { ...LATE, stream: true, expectedId: FROM_VERTEX },
  { ...WELL_AGAIN, stream: false },
  { ...OVERLOADED, stream: false, expectedId: FROM_VERTEX },
  { ...STILL_OVERLOADED, stream: true, expectedId: FROM_VERTEX },
  { ...STILL_OVERLOADED, stream: false, expectedId: FROM_VERTEX },
  { ...STILL_OVERLOADED, stream: true, expectedId: FROM_VERTEX },
];

/** Of the scenes above, before Anthropic is well again. */
const MOST_FAILURES_IN_A_ROW = 1;

/**
 * The newest model that both sides serve on the local cloud's day where the stack's Vertex steps
 * go.
 */
export function chooseModel({ cloud, vertexLocations, options: { force } }: Sandbox): ServedModel {
  const { today } = cloud.context;
  const forced = vertexLocations.filter((location) => force === `vertex/${location}`);
  const locations = forced.length > 0 ? forced : vertexLocations;
  const model = newestServedByBoth(locations, today);
  if (model) return model;
  throw new Error(`On ${today} no model was served by both sides in ${locations.join(" or ")}: choose another --date.`);
}

/** Whose answer a scene must show by the stack's settings. */
function expectedOf({ expectedId }: Scene, { force, breaker }: Sandbox["options"]): RegExp {
  if (force?.startsWith("vertex/")) return FROM_VERTEX;
  // A breaker that opens so early may try Anthropic last where it is well again.
  const opensInTheStory = breaker.failures <= MOST_FAILURES_IN_A_ROW;
  return opensInTheStory && expectedId === FROM_ANTHROPIC && force === null ? FROM_EITHER : expectedId;
}

/** Why Vertex may still answer where nothing is broken any more. */
export function breakerText({ openMs }: Sandbox["options"]["breaker"]): string {
  return `Anthropic kept failing, so the Worker's circuit breaker asks it last for ${openMs / 1_000} s or its retry-after.`;
}

/** @returns whether each answer was the expected one. */
export async function runDemo(stack: Sandbox, say: (text: string) => void): Promise<boolean> {
  const { faults } = stack.cloud.context;
  const client = new Anthropic({
    baseURL: stack.runtime.url,
    apiKey: Object.values(stack.outputs.clientTokens)[0] ?? null,
    maxRetries: 0,
    // Node's own dispatcher may go through a proxy: it has read the user's environment before any code here ran.
    fetchOptions: { dispatcher: new Agent() },
  });
  const { anthropicId: model, locations } = chooseModel(stack);
  const asked = stack.vertexLocations.filter((location) => locations.includes(location)).join(", ");
  const sides = ["Anthropic", `Vertex AI in ${asked}`];
  if (stack.options.force?.startsWith("vertex/")) sides.reverse();
  say(pc.bold(`\nThe story: ${model} by @anthropic-ai/sdk, first ${sides.join(", then ")}\n`));
  let asExpected = true;
  for (const scene of SCENES) {
    const { title, fault, stream } = scene;
    const expectedId = expectedOf(scene, stack.options);
    faults.clear();
    if (fault) faults.set("anthropic", fault);
    const startedMs = performance.now();
    const told = await ask(client, model, stream).catch((error: unknown) => ({
      id: "no answer",
      target: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error),
    }));
    const ms = (performance.now() - startedMs).toFixed(0);
    const isExpected = expectedId.test(told.id);
    asExpected &&= isExpected;
    say(
      [
        isExpected ? pc.green("  ✓") : pc.red("  ✗"),
        title.padEnd(26),
        (stream ? "stream" : "JSON").padEnd(7),
        (expectedId === FROM_VERTEX ? pc.yellow : pc.cyan)(told.id.padEnd(34)),
        pc.dim(`${told.target}, ${ms} ms`),
      ].join(" "),
    );
  }
  faults.clear();
  say(pc.dim(`\n  ?: a status that the gateway hides. open: ${breakerText(stack.options.breaker)}`));
  say(
    asExpected
      ? pc.green("\n  Every answer came from where it should.")
      : pc.red("\n  Not every answer came from where it should."),
  );
  return asExpected;
}

/** @throws where the answer is not complete. */
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
