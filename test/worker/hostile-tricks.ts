/**
 * The tricks of a hostile client against the other clients in its isolate. All tricks use the token
 * of one client. Connections that they leave open are closed at the end. Everything goes to
 * loopback, and every loop ends.
 */
import { gzipSync } from "node:zlib";
import type { Fault } from "../../local/faults/faults.ts";
import type { Sandbox } from "../../local/sandbox/index.ts";
import { QUESTION } from "../support/sandbox.ts";
import { HostileConnection } from "./hostile-connection.ts";

/** Marks the body of a hostile request. Only marked requests meet the faults that a trick sets. */
export const HOSTILE_MARK = "hostile-mark";
const MEBIBYTE = 1024 * 1024;

export class Hostile {
  readonly #stack: Sandbox;
  readonly #token: string;
  readonly #open: HostileConnection[] = [];
  readonly #leaving = new AbortController();
  /** The faults that marked requests meet. */
  faults: { anthropic?: Fault; vertex?: Fault } = {};

  constructor(stack: Sandbox, token: string) {
    this.#stack = stack;
    this.#token = token;
  }

  body(more: object = {}): string {
    return JSON.stringify({ ...QUESTION, metadata: { user_id: HOSTILE_MARK }, ...more });
  }

  /** Sends one complete request and reads its answer. */
  async send(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}, path = "/v1/messages") {
    const response = await fetch(`${this.#stack.runtime.url}${path}`, {
      method: "POST",
      headers: { "x-api-key": this.#token, "anthropic-version": "2023-06-01", ...headers },
      body,
      signal: this.#leaving.signal,
    }).catch(() => undefined);
    await response?.text().catch(() => undefined);
    return response;
  }

  /** Starts a request by hand. @param headers in addition to the credential */
  async begin(headers: readonly string[], bytes: string | Uint8Array = ""): Promise<HostileConnection> {
    const connection = await HostileConnection.open(this.#stack.runtime.url);
    this.#open.push(connection);
    return connection.head("POST", "/v1/messages", [`x-api-key: ${this.#token}`, ...headers]).send(bytes);
  }

  /** Resets every connection that is still open. */
  leave(): void {
    this.#leaving.abort();
    for (const connection of this.#open) connection.reset();
  }
}

const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** Runs the work one after the other, for the rules that count events in a row. */
async function inARow(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index++) await work(index);
}

const status = (code: number, message?: string): Fault => ({
  mode: "status",
  status: code,
  shape: "anthropic",
  ...(message ? { message } : {}),
});

const manyMembers = (count: number) =>
  `{"model":"${QUESTION.model}",${Array.from({ length: count }, (_, i) => `"m${i}":1`).join(",")}}`;

/**
 * The tricks by name. Each resolves when the trick is in place. Its requests may still be running
 * then.
 */
export const TRICKS: Readonly<Record<string, (hostile: Hostile) => Promise<unknown>>> = {
  "leaves in the middle of 40 uploads": (hostile) =>
    times(40, async () => {
      const connection = await hostile.begin(["content-length: 1048576"], "{".padEnd(200_000));
      connection.reset();
    }),
  "declares 32 MB on eight connections and sends nothing": (hostile) =>
    times(8, () => hostile.begin([`content-length: ${32 * MEBIBYTE}`])),
  "declares 32 MB on eight connections and sends one byte": (hostile) =>
    times(8, () => hostile.begin([`content-length: ${32 * MEBIBYTE}`], "{")),
  "holds chunked bodies of 12 MB that never end": (hostile) =>
    times(5, () =>
      hostile.begin(
        ["transfer-encoding: chunked"],
        `${(12 * MEBIBYTE).toString(16)}\r\n${" ".repeat(12 * MEBIBYTE)}\r\n`,
      ),
    ),
  "holds a hundred bodies of 1 MB while Anthropic hangs": async (hostile) => {
    hostile.faults = { anthropic: { mode: "hang" }, vertex: { mode: "hang" } };
    const body = hostile.body({ system: "x".repeat(MEBIBYTE) });
    await times(100, () => hostile.begin([`content-length: ${body.length}`], body));
  },
  "sends 122,000 top-level members": (hostile) => hostile.send(manyMembers(122_000)),
  "sends 8 MB of top-level members": (hostile) => hostile.send(manyMembers(600_000)),
  "sends 300,000 distinct block types": (hostile) =>
    hostile.send(
      hostile.body({
        messages: [{ role: "user", content: Array.from({ length: 300_000 }, (_, i) => ({ type: `t${i}` })) }],
      }),
    ),
  "nests a million levels": (hostile) => hostile.send(`{"model":"m","messages":${"[".repeat(1_000_000)}`),
  "makes Vertex refuse members by name": async (hostile) => {
    for (const name of ["temperature", "metadata", "system", "tools", "max_tokens"]) {
      // A caller can cause a 403, so it must not count for others. A 529 is Anthropic's, and would
      // count for all.
      hostile.faults = { anthropic: status(403), vertex: status(400, `${name}: Extra inputs are not permitted`) };
      await hostile.send(hostile.body({ temperature: 1 }));
    }
  },
  "makes Vertex refuse betas by name": async (hostile) => {
    const text = "Unexpected value(s) `context-1m-2025-08-07`, `x` for the `anthropic-beta` header";
    hostile.faults = { anthropic: status(403), vertex: status(400, text) };
    await hostile.send(hostile.body(), { "anthropic-beta": "context-1m-2025-08-07" });
  },
  "sends ten malformed requests": (hostile) => inARow(10, () => hostile.send(hostile.body({ max_tokens: 0 }))),
  "makes only Anthropic refuse ten requests": async (hostile) => {
    hostile.faults = { anthropic: status(400) };
    await inARow(10, () => hostile.send(hostile.body({ service_tier: "bogus" })));
  },
  "gets a 403 ten times": async (hostile) => {
    hostile.faults = { anthropic: status(403) };
    await inARow(10, () => hostile.send(hostile.body()));
  },
  "gets a 404 for a file ten times": async (hostile) => {
    hostile.faults = { anthropic: status(404, "File not found: file_x") };
    const content = [{ type: "document", source: { type: "file", file_id: "file_x" } }];
    await inARow(10, () => hostile.send(hostile.body({ messages: [{ role: "user", content }] })));
  },
  "gets a 400 of more than 64 KB ten times": async (hostile) => {
    hostile.faults = { anthropic: status(400, "x".repeat(100_000)) };
    await inARow(10, () => hostile.send(hostile.body()));
  },
  "gets a 431 ten times": async (hostile) => {
    hostile.faults = { anthropic: status(431) };
    await inARow(10, () => hostile.send(hostile.body()));
  },
  "imitates an account limit in a member's name": async (hostile) => {
    const name = "Your credit balance is too low to access the Anthropic API.\n";
    hostile.faults = { anthropic: status(400, `${name}: Extra inputs are not permitted`) };
    await inARow(10, () => hostile.send(hostile.body({ [name]: 1 })));
  },
  "lets ten requests time out": async (hostile) => {
    hostile.faults = { anthropic: { mode: "hang" }, vertex: { mode: "hang" } };
    await times(10, () => hostile.begin([`content-length: ${hostile.body().length}`], hostile.body()));
  },
  "sends headers of 30 KB": (hostile) => hostile.send(hostile.body(), { "anthropic-beta": "b,".repeat(7_000) }),
  "sends a query string of 10 KB": (hostile) => hostile.send(hostile.body(), {}, `/v1/messages?${"q".repeat(10_000)}`),
  "uses names of Object.prototype": async (hostile) => {
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf"]) {
      await hostile.send(hostile.body(), { "anthropic-version": name });
      await hostile.send(hostile.body(), { "anthropic-beta": name });
      await hostile.send(hostile.body({ model: name }));
      await hostile.send(hostile.body().replace("{", `{"${name}":{"${name}":1},`));
      await hostile.send(hostile.body(), { [`anthropic-${name.replaceAll("_", "")}`]: name });
    }
  },
  "names a hundred models": (hostile) =>
    inARow(100, (i) => hostile.send(hostile.body({ model: `m${i}`, max_tokens: 0 }))),
  "asks for a drill": (hostile) =>
    inARow(6, () => hostile.send(hostile.body(), { "x-failover-drill": "anthropic, vertex/us-east5" })),
  "tries a hundred tokens": (hostile) => times(100, (i) => hostile.send(hostile.body(), { "x-api-key": `wrong-${i}` })),
  "sends compressed and broken bodies": async (hostile) => {
    await hostile.send(new Uint8Array(gzipSync(hostile.body())), { "content-encoding": "gzip" });
    await hostile.send(new Uint8Array(gzipSync("0".repeat(10 * MEBIBYTE))));
    await hostile.send(new Uint8Array([0x7b, 0xff, 0xfe]));
    await hostile.send(`${hostile.body()}{"model":"m"}`);
    await hostile.send(hostile.body().replace("{", '{"model":"claude-sonnet-4-6",'));
  },
  "leaves in the middle of 30 streams": async (hostile) => {
    hostile.faults = {};
    const body = hostile.body({ stream: true });
    await times(30, async () => {
      const connection = await hostile.begin([`content-length: ${body.length}`], body);
      await connection.until(/content_block_delta/);
      connection.reset();
    });
  },
  "reads nothing from twenty streams": async (hostile) => {
    const body = hostile.body({ stream: true });
    await times(20, async () => {
      const connection = await hostile.begin([`content-length: ${body.length}`], body);
      connection.stopReading();
    });
  },
  "pretends that a message came from Vertex": async (hostile) => {
    const content = [{ type: "tool_use", id: "toolu_vrtx_1", name: "t", input: { id: "msg_vrtx_1", type: "error" } }];
    await inARow(5, () =>
      hostile.send(hostile.body({ messages: [{ role: "assistant", content }, ...QUESTION.messages] })),
    );
  },
};
