/**
 * The Worker relays a stream unchanged, wherever its chunks end, and even if the target compresses
 * it against the request. The test has its own upstream server, because the local cloud cannot
 * split a stream at a chosen byte.
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { constants, createGzip } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { WorkerRuntime } from "../../local/sandbox/worker-runtime.ts";
import { clientToken, QUESTION } from "../support/sandbox.ts";

const EVENTS = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_01"}}\n\n',
  'event: ping\ndata: {"type":"ping"}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"é😀"}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
].join("");

let stack: Sandbox;
let upstream: Server;
let runtime: WorkerRuntime;
/** The chunks of the next answer, and whether it is compressed. */
let pieces: readonly Buffer[] = [];
let gzip = false;

beforeAll(async () => {
  stack = await Sandbox.up();
  upstream = createServer((request, response) => {
    request.resume().once("end", async () => {
      response.writeHead(200, {
        "content-type": "text/event-stream",
        "cf-aig-step": "0",
        ...(gzip ? { "content-encoding": "gzip" } : {}),
      });
      const out = gzip ? createGzip({ flush: constants.Z_SYNC_FLUSH }) : undefined;
      out?.pipe(response);
      for (const piece of pieces) await new Promise((resolve) => (out ?? response).write(piece, resolve));
      (out ?? response).end();
    });
  });
  await once(upstream.listen(0, "127.0.0.1"), "listening");
  const [script] = [...(stack.cloud.context.state.accounts.values() ?? [])].flatMap((account) => [
    ...account.scripts.values(),
  ]);
  if (!script) throw new Error("no Worker was uploaded");
  runtime = await WorkerRuntime.start({ script, cloudPort: (upstream.address() as AddressInfo).port, port: 0 });
});
afterAll(async () => {
  await runtime.stop();
  upstream.close();
  await stack.down();
});

async function ask(): Promise<string> {
  const response = await fetch(`${runtime.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": clientToken(stack) },
    body: JSON.stringify({ ...QUESTION, stream: true }),
  });
  expect(response.headers.get("content-encoding")).toBeNull();
  return response.text();
}

it.each([false, true])("relays a stream unchanged, wherever the target splits it (gzip: %s)", async (compressed) => {
  gzip = compressed;
  const bytes = Buffer.from(EVENTS);
  for (let at = 0; at <= bytes.length; at++) {
    pieces = [bytes.subarray(0, at), bytes.subarray(at)].filter((piece) => piece.length > 0);
    expect(await ask(), `cut at byte ${at}`).toBe(EVENTS);
  }
});
