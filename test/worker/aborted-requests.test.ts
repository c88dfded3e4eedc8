/**
 * Callers that leave, at every stage of a request, in workerd: nothing of their bodies stays
 * counted a second later, and their calls to the targets are closed. The log says how many bytes
 * the isolate holds. ABORTED_REQUESTS sets how many; `npm test` sends fewer.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { clientToken, NEVER_OPEN, QUESTION } from "../support/local-stack.ts";
import { HostileConnection } from "./hostile-connection.ts";

const REQUESTS = Number(process.env.ABORTED_REQUESTS ?? 700);
const CONCURRENCY = 16;
const BODY_BYTES = 200_000;

let stack: Sandbox;
let lines: string[];
/** Calls to a target that have not been closed yet. */
let openCalls = 0;

beforeAll(async () => {
  lines = [];
  stack = await Sandbox.up({ config: { breaker: NEVER_OPEN }, onLine: (line) => lines.push(...line.split("\n")) });
  stack.cloud.onExchange = ({ host, response }) => {
    if (host !== "api.anthropic.com") return;
    openCalls++;
    response.once("close", () => openCalls--);
  };
});
afterAll(() => stack.down());

type Stage = [name: string, fault: Fault | undefined, act: (connection: HostileConnection) => Promise<unknown>];

const begin = (connection: HostileConnection, ...headers: string[]) =>
  connection.head("POST", "/v1/messages", [`x-api-key: ${clientToken(stack)}`, ...headers]);
const whole = (stream: boolean) => {
  const body = JSON.stringify({ ...QUESTION, stream, system: "s".repeat(BODY_BYTES) });
  return (connection: HostileConnection) => begin(connection, `content-length: ${body.length}`).send(body);
};
/**
 * Resolves when the target has been asked once more: then the request is as far as its fault lets
 * it be.
 */
const asked = () =>
  new Promise<void>((resolve) => {
    const { onExchange } = stack.cloud;
    stack.cloud.onExchange = (exchange) => {
      stack.cloud.onExchange = onExchange;
      onExchange?.(exchange);
      if (exchange.host === "api.anthropic.com") resolve();
    };
    setTimeout(resolve, 200);
  });

const STAGES: readonly Stage[] = [
  ["the head is sent", undefined, async (connection) => begin(connection, "content-length: 33554432")],
  [
    "a declared body is half sent",
    undefined,
    async (connection) => begin(connection, "content-length: 1000000").send("{".padEnd(BODY_BYTES)),
  ],
  [
    "a chunked body is half sent",
    undefined,
    async (connection) => begin(connection, "transfer-encoding: chunked").send(`4000\r\n${" ".repeat(0x4000)}\r\n`),
  ],
  [
    "the target has the request and says nothing",
    { mode: "hang" },
    async (connection) => {
      const sent = asked();
      whole(false)(connection);
      await sent;
    },
  ],
  [
    "half of a JSON answer has come",
    { mode: "silent_after_content" },
    async (connection) => {
      const sent = asked();
      whole(false)(connection);
      await sent;
    },
  ],
  [
    "a stream has no content yet",
    { mode: "no_content" },
    async (connection) => {
      const sent = asked();
      whole(true)(connection);
      await sent;
    },
  ],
  [
    "a stream is under way",
    { mode: "pings_after_content" },
    (connection) => whole(true)(connection).until(/content_block_delta/),
  ],
  [
    "a stream is silent",
    { mode: "silent_after_content" },
    (connection) => whole(true)(connection).until(/content_block_delta/),
  ],
];

it.each(STAGES)(
  "gives everything back when callers leave while %s",
  async (_stage, fault, act) => {
    stack.cloud.context.faults.clear();
    if (fault) stack.cloud.context.faults.set("anthropic", fault);
    let left = Math.ceil(REQUESTS / STAGES.length);
    const caller = async () => {
      while (left-- > 0) {
        const connection = await HostileConnection.open(stack.runtime.url);
        await act(connection);
        connection.reset();
      }
    };

    await Promise.all(Array.from({ length: CONCURRENCY }, caller));

    const leftMs = performance.now();
    await expect.poll(heldBytes, { timeout: 5_000 }).toBe(0);
    await expect.poll(() => openCalls, { timeout: 5_000 }).toBe(0);
    expect(performance.now() - leftMs).toBeLessThan(1_000);
  },
  120_000,
);

/** What the log says of the next request. */
async function heldBytes(): Promise<number> {
  const seen = lines.length;
  await (await fetch(`${stack.runtime.url}/health`)).text();
  const line = () => lines.slice(seen).find((text) => text.includes('"method":"health"'));
  await expect.poll(line).toBeDefined();
  return JSON.parse(line() ?? "{}").held_bytes;
}
