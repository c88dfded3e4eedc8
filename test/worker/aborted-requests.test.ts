/**
 * Callers leave at every stage of a request, in workerd. A second later the memory budget counts
 * none of their bytes, and their calls to the targets are closed. The log says how many bytes the
 * isolate holds. The environment variable ABORTED_REQUESTS sets the number of requests.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { clientToken, NEVER_OPEN, QUESTION } from "../support/sandbox.ts";
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
const sendAll = (stream: boolean) => {
  const body = JSON.stringify({ ...QUESTION, stream, system: "s".repeat(BODY_BYTES) });
  return (connection: HostileConnection) => begin(connection, `content-length: ${body.length}`).send(body);
};
/**
 * Resolves when the next request reaches Anthropic, or after 200 ms. The fault then holds it at its
 * stage.
 */
const nextAnthropicCall = () =>
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
  ["only the headers are sent", undefined, async (connection) => begin(connection, "content-length: 33554432")],
  [
    "a body with a content-length is half sent",
    undefined,
    async (connection) => begin(connection, "content-length: 1000000").send("{".padEnd(BODY_BYTES)),
  ],
  [
    "a chunked body is half sent",
    undefined,
    async (connection) => begin(connection, "transfer-encoding: chunked").send(`4000\r\n${" ".repeat(0x4000)}\r\n`),
  ],
  [
    "the target has the request and does not answer",
    { mode: "hang" },
    async (connection) => {
      const sent = nextAnthropicCall();
      sendAll(false)(connection);
      await sent;
    },
  ],
  [
    "half of a JSON answer has arrived",
    { mode: "silent_after_content" },
    async (connection) => {
      const sent = nextAnthropicCall();
      sendAll(false)(connection);
      await sent;
    },
  ],
  [
    "a stream has no content yet",
    { mode: "no_content" },
    async (connection) => {
      const sent = nextAnthropicCall();
      sendAll(true)(connection);
      await sent;
    },
  ],
  [
    "a stream sends pings after content",
    { mode: "pings_after_content" },
    (connection) => sendAll(true)(connection).until(/content_block_delta/),
  ],
  [
    "a stream is silent after content",
    { mode: "silent_after_content" },
    (connection) => sendAll(true)(connection).until(/content_block_delta/),
  ],
];

it.each(STAGES)(
  "frees all memory and calls when callers leave while %s",
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

/** @returns how many bytes the isolate holds, from the log line of a new request */
async function heldBytes(): Promise<number> {
  const seen = lines.length;
  await (await fetch(`${stack.runtime.url}/health`)).text();
  const line = () => lines.slice(seen).find((text) => text.includes('"method":"health"'));
  await expect.poll(line).toBeDefined();
  return JSON.parse(line() ?? "{}").held_bytes;
}
