/**
 * Records what a client sees for every fault, in every routing, as JSON and as a stream. The test
 * compares the results with docs/conformance.md, so a change of behaviour appears as a change of
 * that page. To write the page again, run `npx vitest run test/worker/conformance.test.ts -u`. The
 * patterns below also check each row, so a wrong result cannot get into the page unnoticed.
 */
import { createParser } from "eventsource-parser";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AccountLimitCode } from "../../local/claude/account-limits.ts";
import type { Fault } from "../../local/faults/faults.ts";
import { modesOf } from "../../local/faults/targets.ts";
import type { CloudflareFault } from "../../local/http/cloudflare-error.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { NEVER_OPEN, ONE_LOCATION, post, QUESTION } from "../support/sandbox.ts";

const ROUTINGS = ["universal", "direct", "bypass"] as const;
const KINDS = ["JSON", "stream"] as const;

/**
 * The limits are short, because many faults end only when a limit passes. The chain's limit leaves
 * enough time for every target.
 */
const TIMEOUTS = { firstByteMs: 300, firstEventMs: 450, idleMs: 400, jsonMs: 350, chainMs: 6_000 };

const status = (code: number, more: object = {}): Fault => ({ mode: "status", status: code, ...more });
const limit = (code: AccountLimitCode): Fault => ({ mode: "account_limit", code });
const page52x = (code: CloudflareFault["status"]): Fault => ({ mode: "cloudflare_error", status: code });

/**
 * A fault, what a client must see while only Anthropic has it (`alone`), and while all targets have
 * it (`both`). A pattern applies to all six columns.
 */
type ProviderRow = [name: string, fault: Fault | undefined, alone: RegExp, both: RegExp];

const CUTS = {
  line: "inside a line",
  character: "inside a character",
  fields: "between two fields",
  cr: "after a CR",
  event: "after an event",
} as const;

const PROVIDER_ROWS: readonly ProviderRow[] = [
  ["ok", undefined, /^200 anthropic$/, /^200 anthropic$/],
  ["400", status(400), /^(400 invalid_request_error|200 vertex\/us-east5)$/, /^400 invalid_request_error$/],
  ["401", status(401), /^200 vertex/, /^502 api_error, do not retry$/],
  ["403", status(403), /^200 vertex/, /^502 api_error, do not retry$/],
  ["404", status(404), /^200 vertex/, /^404 not_found_error$/],
  ["408", status(408), /^200 vertex/, /^408 /],
  ["413", status(413), /^(413 request_too_large|200 vertex\/us-east5)$/, /^413 request_too_large$/],
  ["429", status(429), /^200 vertex/, /^429 rate_limit_error$/],
  ["429, retry-after: 7", status(429, { retryAfterS: 7 }), /^200 vertex/, /^429 rate_limit_error, retry after 7$/],
  ["500", status(500), /^200 vertex/, /^500 api_error$/],
  ["502", status(502), /^200 vertex/, /^502 api_error$/],
  ["503", status(503), /^200 vertex/, /^5(03|29) /],
  ["504", status(504), /^200 vertex/, /^504 timeout_error$/],
  ["529", status(529), /^200 vertex/, /^529 overloaded_error$/],
  ...(["enforced_spend_limit_reached", "ramp_limit_exceeded"] as const).map(
    (code): ProviderRow => [`429, ${code}`, limit(code), /^200 vertex/, /^429 rate_limit_error(, retry after 60)?$/],
  ),
  ...(["linked_organization_spend_limit_reached", "linked_organization_billing_unavailable"] as const).map(
    (code): ProviderRow => [`402, ${code}`, limit(code), /^200 vertex/, /^402 billing_error, do not retry$/],
  ),
  ...([520, 521, 523, 525, 526, 530] as const).map(
    (code): ProviderRow => [`${code}, Cloudflare's page`, page52x(code), /^200 vertex/, /^502 api_error$/],
  ),
  ...([522, 524] as const).map(
    (code): ProviderRow => [`${code}, Cloudflare's page`, page52x(code), /^200 vertex/, /^504 timeout_error$/],
  ),
  ["no answer", { mode: "hang" }, /^200 vertex/, /^504 timeout_error$|^502 api_error$/],
  ["529, then half a body and silence", { mode: "stalled_error" }, /^200 vertex/, /^529 overloaded_error$/],
  [
    "529 before the request's body is read",
    { mode: "early_status", status: 529 },
    /^200 vertex/,
    /^(529 overloaded_error|502 api_error)$/,
  ],
  [
    "400 with 200 KB",
    { mode: "oversized_error" },
    /^(400 invalid_request_error|200 vertex\/us-east5)$/,
    /^400 invalid_request_error$/,
  ],
  ["connection refused", { mode: "refused" }, /^200 vertex/, /^502 api_error$/],
  ["connection reset", { mode: "reset" }, /^200 vertex/, /^502 api_error$/],
  [
    "200, an error event first",
    { mode: "error_event", type: "overloaded_error" },
    /^200 vertex/,
    /^529 overloaded_error$/,
  ],
  [
    "200, an error event after content",
    { mode: "error_event_after_content", type: "overloaded_error" },
    /^200 (vertex\/us-east5|anthropic, error event overloaded_error)$/,
    /^(529 overloaded_error|200 anthropic, error event overloaded_error)$/,
  ],
  [
    "200, an error event after the start of a block",
    { mode: "error_after_block_start" },
    /^200 vertex/,
    /^529 overloaded_error$/,
  ],
  ...(["line", "character", "fields", "cr", "event"] as const).map(
    (at): ProviderRow => [
      `200, connection cut in the content: ${CUTS[at]}`,
      { mode: "cut", at },
      /^200 (vertex\/us-east5|anthropic, error event api_error)$/,
      /^(502 api_error|200 anthropic, error event api_error)$/,
    ],
  ),
  [
    "200, ended in the content",
    { mode: "truncated" },
    /^200 (vertex\/us-east5|anthropic, error event api_error)$/,
    /^(502 api_error|200 anthropic, error event api_error)$/,
  ],
  ["200, an error body", { mode: "error_body", type: "overloaded_error" }, /^200 vertex/, /^529 overloaded_error$/],
  ["200, empty", { mode: "empty" }, /^200 vertex/, /^502 api_error$/],
  ["200, never any content", { mode: "no_content" }, /^200 vertex/, /^50[24] /],
  ["200, then silence", { mode: "silent" }, /^200 vertex/, /^50[24] /],
  [
    "200, silence after content",
    { mode: "silent_after_content" },
    /^200 (vertex\/us-east5|anthropic, error event api_error)$/,
    /^(504 timeout_error|502 api_error|200 anthropic, error event api_error)$/,
  ],
  [
    "200, complete, but the connection stays open",
    { mode: "open_after_stop" },
    /^200 (anthropic|vertex\/us-east5)$/,
    /^(200 anthropic|50[24] .*)$/,
  ],
  ["200, one event each 20 ms", { mode: "slow", intervalMs: 20 }, /^200 anthropic$/, /^200 anthropic$/],
  ["200, without its last blank line", { mode: "missing_blank_line" }, /^200 anthropic$/, /^200 anthropic$/],
  [
    "200, message_stop without data",
    { mode: "stop_without_data" },
    /^200 anthropic(, error event api_error)?$/,
    /^200 anthropic(, error event api_error)?$/,
  ],
  ["200, a byte order mark in front", { mode: "bom" }, /^200 anthropic$/, /^200 anthropic$/],
  ["200, its content type in capitals", { mode: "content_type" }, /^200 anthropic$/, /^200 anthropic$/],
  ...(["empty_object", "detail", "google_error", "list", "null"] as const).map(
    (body): ProviderRow => [
      `200, JSON that is not a message: ${body}`,
      { mode: "not_a_message", body },
      /^200 vertex/,
      /^502 api_error$/,
    ],
  ),
  ["200, a web page", { mode: "html" }, /^200 vertex/, /^502 api_error$/],
  ["200, garbage", { mode: "garbage" }, /^200 vertex/, /^502 api_error$/],
];

const GATEWAY_ROWS: readonly [name: string, fault: Fault, seen: RegExp][] = [
  [
    "no response from the provider (2005), once",
    { mode: "gateway_error", code: 2005, times: 1 },
    /^200 (vertex|anthropic)/,
  ],
  ["no response from the provider (2005)", { mode: "gateway_error", code: 2005 }, /^502 api_error$/],
  ["rate limit (2003)", { mode: "gateway_error", code: 2003 }, /^429 rate_limit_error$/],
  ["spend limit (2041)", { mode: "gateway_error", code: 2041 }, /^429 rate_limit_error$/],
  ["bad run token (2009)", { mode: "gateway_error", code: 2009 }, /^502 api_error, do not retry$/],
  ["no such gateway (2001)", { mode: "gateway_error", code: 2001 }, /^502 api_error, do not retry$/],
  ["no credential (2040)", { mode: "gateway_error", code: 2040 }, /^502 api_error, do not retry$/],
  ["no answer", { mode: "hang" }, /^504 timeout_error$/],
  ["connection reset", { mode: "reset" }, /^502 api_error$/],
  ["502 from Cloudflare's edge", status(502), /^502 api_error$/],
  ["502 from Cloudflare's edge, then silence", { mode: "stalled_error" }, /^502 api_error$/],
];

/** A chain: a stack for each routing, and the model that is asked. */
interface Chain {
  stacks: readonly Sandbox[];
  model: string;
}

let chainOfTwo: Chain = { stacks: [], model: QUESTION.model };
/** All three serve this model. */
let chainOfThree: Chain = { stacks: [], model: "claude-opus-5-5" };
beforeAll(async () => {
  chainOfTwo = { ...chainOfTwo, stacks: await stacksWith(ONE_LOCATION) };
  const three = { vertexLocations: ["us"], bedrock: { region: "us-east-1" } };
  chainOfThree = { ...chainOfThree, stacks: await stacksWith(three) };
  // This failover makes each isolate fetch a Google token, which a real isolate has after its first
  // second.
  for (const { stacks, model } of [chainOfTwo, chainOfThree]) {
    for (const stack of stacks) await ask(stack, model, "JSON", { anthropic: status(529) });
  }
});
afterAll(() => Promise.all([chainOfTwo, chainOfThree].flatMap(({ stacks }) => stacks.map((stack) => stack.down()))));

function stacksWith(config: object): Promise<Sandbox[]> {
  return Promise.all(
    ROUTINGS.map((routing) => Sandbox.up({ config: { ...config, routing, timeouts: TIMEOUTS, breaker: NEVER_OPEN } })),
  );
}

async function ask(
  stack: Sandbox,
  model: string,
  kind: (typeof KINDS)[number],
  faults: Record<string, Fault | undefined>,
) {
  stack.cloud.context.faults.clear();
  for (const [target, fault] of Object.entries(faults)) if (fault) stack.cloud.context.faults.set(target, fault);
  const response = await post(stack, JSON.stringify({ ...QUESTION, model, stream: kind === "stream" }));
  return describe(response, await response.text());
}

/**
 * One cell of the table: the status, the target that served, how the answer ended, and what an
 * error advises.
 */
function describe({ status, headers }: Response, text: string): string {
  const retryAfter = headers.get("retry-after");
  const error = (body: string) => (JSON.parse(body) as { error: { type: string } }).error.type;
  if (status !== 200) {
    const advice = headers.get("x-should-retry") === "false" ? ", do not retry" : "";
    return `${status} ${error(text)}${advice}${retryAfter ? `, retry after ${retryAfter}` : ""}`;
  }
  const target = headers.get("x-failover-target") ?? "unknown target";
  if (!/^text\/event-stream/i.test(headers.get("content-type") ?? "")) {
    return JSON.parse(text).stop_reason ? `200 ${target}` : `200 ${target}, not complete`;
  }
  const events: { event?: string | undefined; data: string }[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  const last = events.at(-1);
  if (last?.event === "message_stop") return `200 ${target}`;
  return last?.event === "error" ? `200 ${target}, error event ${error(last.data)}` : `200 ${target}, not complete`;
}

/**
 * All six cells of a row. The two requests to one stack run one after the other, because they share
 * its faults.
 */
async function cells({ stacks, model }: Chain, faults: Record<string, Fault | undefined>): Promise<string[]> {
  const columns = await Promise.all(
    stacks.map(async (stack) => [await ask(stack, model, "JSON", faults), await ask(stack, model, "stream", faults)]),
  );
  return columns.flat();
}

/** What a client sees when the first two of three fail: Bedrock answers where Vertex does in a chain of two. */
function withBedrock(alone: RegExp): RegExp {
  return new RegExp(
    alone.source.replaceAll("vertex\\/us-east5", "bedrock\\/us-east-1").replaceAll("vertex", "bedrock"),
  );
}

/** Pings end a silence, so this answer lasts as long as its caller waits. */
const ENDLESS = "pings_after_content";

it("has a row for every fault", () => {
  const rows = { anthropic: PROVIDER_ROWS, gateway: GATEWAY_ROWS };
  for (const target of ["anthropic", "gateway"] as const) {
    const modes = [ENDLESS, ...rows[target].map(([, fault]) => fault?.mode)];
    expect(modesOf(target).filter((mode) => !modes.includes(mode))).toEqual([]);
  }
});

it("answers every fault as docs/conformance.md says", async () => {
  const tables: Record<string, string[][]> = {
    "Anthropic fails": [],
    "Both targets fail": [],
    "A chain of three: Anthropic and Vertex fail": [],
    "A chain of three: all fail": [],
    "The gateway fails": [],
  };
  for (const [name, fault, alone, both] of PROVIDER_ROWS) {
    const two = { anthropic: fault, vertex: fault };
    const rows: readonly [table: string, chain: Chain, faults: Record<string, Fault | undefined>, seen: RegExp][] = [
      ["Anthropic fails", chainOfTwo, { anthropic: fault }, alone],
      ["Both targets fail", chainOfTwo, two, both],
      ["A chain of three: Anthropic and Vertex fail", chainOfThree, two, withBedrock(alone)],
      ["A chain of three: all fail", chainOfThree, { ...two, bedrock: fault }, both],
    ];
    for (const [table, chain, faults, pattern] of rows) {
      const seen = await cells(chain, faults);
      tables[table]?.push([name, ...seen]);
      for (const cell of seen) expect.soft(cell, `${table}: ${name}`).toMatch(pattern);
      if (pattern === both) expectAlike(seen, `${table}: ${name}`);
    }
  }
  for (const [name, fault, pattern] of GATEWAY_ROWS) {
    const seen = await cells(chainOfTwo, { gateway: fault });
    tables["The gateway fails"]?.push([name, ...seen]);
    for (const cell of seen.slice(0, 4)) expect.soft(cell, `gateway: ${name}`).toMatch(pattern);
    for (const cell of seen.slice(4)) expect.soft(cell, `bypass: ${name}`).toBe("200 anthropic");
  }
  await expect(page(tables)).toMatchFileSnapshot("../../docs/conformance.md");
}, 240_000);

/** @param cells two for each routing: JSON, then stream */
function expectAlike(cells: readonly string[], row: string): void {
  for (const [kind, name] of KINDS.entries()) {
    const answers = new Set(cells.filter((_cell, index) => index % KINDS.length === kind));
    expect.soft([...answers], `${row}, ${name}: all routings answer alike`).toHaveLength(1);
  }
}

function page(tables: Record<string, string[][]>): string {
  const header = ["fault", ...ROUTINGS.flatMap((routing) => KINDS.map((kind) => `${routing}, ${kind}`))];
  const line = (columns: readonly string[]) => `| ${columns.join(" | ")} |`;
  const sections = Object.entries(tables).map(([title, rows]) =>
    [`## ${title}`, "", line(header), line(header.map(() => "---")), ...rows.map(line), ""].join("\n"),
  );
  return `# Conformance

This page shows what a client sees for each fault. A cell has the status and the target that
answered. If the stream did not end normally, the cell says how it ended. For an error, the cell has
the error's type and what the error tells the client to do. \`200 anthropic\`,
\`200 vertex/us-east5\` and \`200 bedrock/us-east-1\` are complete answers. A chain of three is
Anthropic, Vertex and Amazon Bedrock.

\`test/worker/conformance.test.ts\` writes this page. It runs every cell against workerd and the local
cloud, and it fails when the page is out of date.

${sections.join("\n")}`;
}
