/**
 * Calls the Worker with published clients. Only their base URL and key are changed. The test
 * compares the results with docs/clients.md. To write the page again, run `npx vitest run
 * test/clients/ -u`. A client that is not installed keeps its row of the page.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import { clientToken, NEVER_OPEN, useSandbox } from "../support/sandbox.ts";
import type { Client, Question } from "./client.ts";
import { LIBRARIES } from "./libraries.ts";
import { OPENAI, PROCESSES } from "./processes.ts";

const PAGE = join(import.meta.dirname, "..", "..", "docs", "clients.md");
/** A row needs a dozen requests, and some clients take a second to start. */
const ROW_LIMIT_MS = 120_000;
/** The complete answer of the local cloud's model. */
const COMPLETE_TEXT = "Hi there! Every word of this answer is one token, and all of them come from a local cloud.";
const YES = "yes";
const NOTHING = "–";

const OVERLOADED: Fault = { mode: "status", status: 529 };
const LIMITED: Fault = { mode: "status", status: 429, retryAfterS: 1 };
const CUT: Fault = { mode: "cut" };
const SIDES = [
  ["anthropic", {}],
  ["vertex/us-east5", { anthropic: OVERLOADED }],
] as const;

const COLUMNS = [
  "client",
  "what to set",
  "answered by Anthropic",
  "answered by Vertex",
  "streamed by both",
  "tools with both",
  "a wrong token",
  "Anthropic's stream cut after content",
  "both targets at 429",
];

const lines: string[] = [];
const stack = useSandbox({ config: { breaker: NEVER_OPEN }, onLine: (line) => lines.push(...line.split("\n")) });

interface LoggedRequest {
  method: string;
  status: number;
  target?: string;
}

interface Seen {
  text?: string;
  error?: unknown;
  /** The Worker's requests, in order. */
  requests: readonly LoggedRequest[];
}

/** @param token by default the token of the stack's client */
async function see(
  client: Client,
  question: Question,
  faults: Readonly<Record<string, Fault>> = {},
  token?: string,
): Promise<Seen> {
  stack().cloud.context.faults.clear();
  for (const [target, fault] of Object.entries(faults)) stack().cloud.context.faults.set(target, fault);
  lines.length = 0;
  const { url } = stack().runtime;
  const seen = await client.ask({ url, token: token ?? clientToken(stack()) }, question).then(
    (text) => ({ text }),
    (error: unknown) => ({ error }),
  );
  return { ...seen, requests: await requestsSoFar(url) };
}

/**
 * A request writes its log line when its answer ends, so the line of a new request comes after all
 * others.
 */
async function requestsSoFar(url: string): Promise<readonly LoggedRequest[]> {
  await fetch(`${url}/health`);
  return await vi.waitFor(() => {
    const requests = lines.flatMap((line) => (line.startsWith("{") ? (JSON.parse(line) as LoggedRequest) : []));
    const marker = requests.findIndex(({ method }) => method === "health");
    expect(marker).toBeGreaterThanOrEqual(0);
    return requests.slice(0, marker);
  });
}

/** @returns "yes" if the answer is complete and every request was served by this target */
async function answered(client: Client, question: Question, [side, faults]: (typeof SIDES)[number]): Promise<string> {
  const seen = await see(client, question, faults);
  const served = seen.requests.filter(({ status }) => status === 200).map(({ target }) => target);
  if (seen.error) return `no: ${shown(client, seen.error)}`;
  if (seen.text !== COMPLETE_TEXT) return `no: ${JSON.stringify(seen.text)}`;
  const expected = question.tools ? 2 : 1;
  return served.length === expected && served.every((target) => target === side) ? YES : `no: ${served.join(", ")}`;
}

/** @returns the first result that is not "yes", or "yes" */
async function all(client: Client, questions: readonly Question[]): Promise<string> {
  for (const question of questions) {
    for (const side of SIDES) {
      const cell = await answered(client, question, side);
      if (cell !== YES) return cell;
    }
  }
  return YES;
}

async function rowOf(client: Client): Promise<string[]> {
  const { modes } = client;
  const [mode = "stream"] = modes;
  const [anthropic, vertex] = SIDES;
  const withTools = modes.map((mode) => ({ mode, tools: true as const }));
  const refused = await see(client, { mode }, {}, "not-a-token");
  expect.soft(String(refused.error), "a wrong token").toContain("The client token is not known here");
  return [
    await answered(client, { mode }, anthropic),
    await answered(client, { mode }, vertex),
    modes.includes("JSON") ? await all(client, [{ mode: "stream" }]) : "yes, always",
    await all(client, withTools),
    failed(client, refused),
    failed(client, await see(client, { mode: "stream" }, { anthropic: CUT })),
    failed(client, await see(client, { mode, retries: 1 }, { anthropic: LIMITED, vertex: LIMITED })),
  ];
}

function failed(client: Client, { text, error, requests }: Seen): string {
  const count = `${requests.length} request${requests.length === 1 ? "" : "s"}`;
  if (error) return `${shown(client, error)}; ${count}`;
  if (text !== COMPLETE_TEXT || requests.length < 2) return `taken for whole: ${JSON.stringify(text)}`;
  return `asks again, and shows the answer of ${requests.at(-1)?.target}; ${count}`;
}

function shown({ showsText }: Client, error: unknown): string {
  const { name, message, status, statusCode, lastError } = error as Error & Record<string, unknown>;
  if (showsText) return `"${message.replaceAll("|", "\\|").replace(/\s+/g, " ")}"`;
  const code = status ?? statusCode ?? (lastError as { statusCode?: number } | undefined)?.statusCode;
  const known = name === "Error" ? (error as Error).constructor.name : name;
  return `\`${known}\`${code === undefined ? "" : ` with status ${code}`}`;
}

const rows = new Map<string, readonly string[]>();
const label = ({ name, version }: Client) => `${name} ${version}`;

describe.each(LIBRARIES)("$name $version", (client) => {
  it("does what docs/clients.md says", () => examine(client), ROW_LIMIT_MS);
});

describe.each(PROCESSES)("$name $version", (client) => {
  const { isInstalled } = client;
  const install = isInstalled ? "" : " (`npm run clients` installs it)";
  it.skipIf(!isInstalled)(`does what docs/clients.md says${install}`, () => examine(client), ROW_LIMIT_MS);
});

describe(label(OPENAI), () => {
  const { isInstalled, change, modes } = OPENAI;
  const install = isInstalled ? "" : " (`npm run clients` installs it)";
  it.skipIf(!isInstalled)(
    `gets a 404 that names the right clients${install}`,
    async () => {
      const [mode = "JSON"] = modes;
      const { error, requests } = await see(OPENAI, { mode });
      expect(String(error)).toContain("This is an Anthropic-compatible API");
      expect(requests).toHaveLength(1);
      const cell = `no: ${shown(OPENAI, error)}; the error says what to use`;
      rows.set(label(OPENAI), [change, cell, ...COLUMNS.slice(3).map(() => NOTHING)]);
    },
    ROW_LIMIT_MS,
  );
});

async function examine(client: Client): Promise<void> {
  const cells = await rowOf(client);
  const [anthropic, vertex, streamed, tools, wrongToken, cut, limited] = cells;
  rows.set(label(client), [client.change, ...cells]);
  expect.soft([anthropic, vertex, tools], "answers").toEqual([YES, YES, YES]);
  expect.soft(streamed, "streams").toMatch(/^yes/);
  expect.soft(wrongToken, "a wrong token").toMatch(/(401|AuthenticationError).*; 1 request$/);
  expect.soft(cut, "a cut stream").toMatch(/; \d requests?$/);
  expect.soft(limited, "both at 429").toMatch(/429.*; 2 requests$/);
}

it("docs/clients.md has a row for every client", async () => {
  const clients = [...LIBRARIES, ...PROCESSES, OPENAI];
  const kept = rowsOfPage();
  const table = clients.map((client) => [label(client), ...(rows.get(label(client)) ?? kept.get(label(client)) ?? [])]);
  for (const [name = "", ...cells] of table) {
    expect.soft(cells, `${name} is not in docs/clients.md: \`npm run clients\``).not.toHaveLength(0);
  }
  await expect(page(table)).toMatchFileSnapshot(PAGE);
});

function rowsOfPage(): Map<string, string[]> {
  const text = existsSync(PAGE) ? readFileSync(PAGE, "utf8") : "";
  const cells = text.split("\n").flatMap((line) => (line.startsWith("| ") ? [line.slice(2, -2).split(" | ")] : []));
  return new Map(cells.map(([name = "", ...rest]) => [name, rest]));
}

function page(table: readonly (readonly string[])[]): string {
  const line = (columns: readonly string[]) => `| ${columns.join(" | ")} |`;
  return `# Which client does what

This page shows how published clients behave when they call the Worker. Each client runs unchanged
against workerd and the local cloud; only its base URL and its key are set.

\`test/clients/table.test.ts\` writes this page and fails when the page is out of date. \`npm test\`
runs the first three clients. \`npm run clients\` installs the other clients, which need about 900 MB,
and runs all of them.

- "answered by Vertex": Anthropic answers 529 during this request.
- "tools with both": the client calls a tool, sends the tool's result, and shows the answer that
  follows. A client that supports JSON and streams does this in both forms. \`@anthropic-ai/sdk\` uses
  its \`toolRunner\`.
- The last three columns say what the user sees, and how many requests the client sent. In "both
  targets at 429" the response has \`retry-after: 1\`, which asks the client to try again.

${[line(COLUMNS), line(COLUMNS.map(() => "---")), ...table.map(line)].join("\n")}
`;
}
