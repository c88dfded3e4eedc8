/**
 * The Universal Endpoint hides the statuses of failed steps. This test counts the extra calls that
 * the Worker needs for that reason: calls per request in `universal` and in `direct`, with the
 * default breaker. It compares the results with docs/universal-endpoint.md. To write the page
 * again, run `npx vitest run test/worker/universal-endpoint.test.ts -u`.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import type { Exchange } from "../../local/http/exchange.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { ONE_LOCATION, post, QUESTION, warmUp } from "../support/sandbox.ts";

const REQUESTS = 100;
const ROUTINGS = ["universal", "direct"] as const;
const OVERLOADED: Fault = { mode: "status", status: 529 };
const MALFORMED = { ...QUESTION, max_tokens: 0 };

interface Scenario {
  name: string;
  /** The faults during the request with this index. */
  faults?: (index: number) => Readonly<Record<string, Fault>>;
  body?: (index: number) => object;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "everything works" },
  { name: "1 request in 100 is malformed", body: (index) => (index === 50 ? MALFORMED : QUESTION) },
  { name: "every request is malformed", body: () => MALFORMED },
  { name: "Anthropic fails", faults: () => ({ anthropic: OVERLOADED }) },
  {
    name: "Anthropic fails, and 1 request in 100 is malformed",
    faults: () => ({ anthropic: OVERLOADED }),
    body: (index) => (index === 50 ? MALFORMED : QUESTION),
  },
  {
    name: "Anthropic fails every second request",
    faults: (index): Readonly<Record<string, Fault>> => (index % 2 === 0 ? { anthropic: OVERLOADED } : {}),
  },
  {
    name: "Anthropic fails 1 request in 10",
    faults: (index): Readonly<Record<string, Fault>> => (index % 10 === 0 ? { anthropic: OVERLOADED } : {}),
  },
  { name: "both targets fail", faults: () => ({ anthropic: OVERLOADED, vertex: OVERLOADED }) },
];

interface Calls {
  gateway: number;
  anthropic: number;
  vertex: number;
  statuses: ReadonlySet<number>;
}

/**
 * Sends the requests one after the other, in a new isolate that has a Google token and has seen no
 * failures.
 */
async function count({ faults, body }: Scenario, routing: string): Promise<Calls> {
  const stack = await Sandbox.up({ config: { ...ONE_LOCATION, routing } });
  await warmUp(stack);
  await (await post(stack, JSON.stringify(QUESTION))).text();
  const calls = { gateway: 0, anthropic: 0, vertex: 0 };
  stack.cloud.onExchange = ({ host }: Exchange) => {
    if (host === "gateway.ai.cloudflare.com") calls.gateway++;
    else if (host === "api.anthropic.com") calls.anthropic++;
    else if (host.endsWith("aiplatform.googleapis.com")) calls.vertex++;
  };
  const statuses = new Set<number>();
  for (let index = 0; index < REQUESTS; index++) {
    stack.cloud.context.faults.clear();
    for (const [target, fault] of Object.entries(faults?.(index) ?? {})) stack.cloud.context.faults.set(target, fault);
    const response = await post(stack, JSON.stringify(body?.(index) ?? QUESTION));
    await response.text();
    statuses.add(response.status);
  }
  await stack.down();
  return { ...calls, statuses };
}

const results = new Map<string, Readonly<Record<string, Calls>>>();
beforeAll(async () => {
  for (const scenario of SCENARIOS) {
    const [universal, direct] = await Promise.all(ROUTINGS.map((routing) => count(scenario, routing)));
    if (universal && direct) results.set(scenario.name, { universal, direct });
  }
}, 120_000);
afterAll(() => results.clear());

const universalCalls = (name: string) => results.get(name)?.universal;

it("sends the whole chain in one call while everything works", () => {
  expect(universalCalls("everything works")).toMatchObject({ gateway: REQUESTS, anthropic: REQUESTS, vertex: 0 });
});

it("detects an outage with one extra call, and then asks Vertex first", () => {
  // Anthropic gets two requests. The failure of the first is hidden. The second shows its status
  // and opens the circuit, so Anthropic gets no more requests.
  expect(universalCalls("Anthropic fails")).toMatchObject({ gateway: REQUESTS + 1, anthropic: 2, vertex: REQUESTS });
});

it("returns 400 for a malformed request during an outage", () => {
  expect([...(universalCalls("Anthropic fails, and 1 request in 100 is malformed")?.statuses ?? [])].sort()).toEqual([
    200, 400,
  ]);
});

it.each(SCENARIOS)("returns the same statuses in both routings when $name", ({ name }) => {
  const { universal, direct } = results.get(name) ?? {};
  expect([...(universal?.statuses ?? [])].sort()).toEqual([...(direct?.statuses ?? [])].sort());
});

it("needs as many calls as docs/universal-endpoint.md says", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/universal-endpoint.md");
});

function page(): string {
  const each = (calls: number) => (calls / REQUESTS).toFixed(2);
  const upstream = ({ anthropic, vertex }: Calls) =>
    `${each(anthropic + vertex)} (${each(anthropic)} + ${each(vertex)})`;
  const columns = (calls: Calls) => `${each(calls.gateway)} | ${upstream(calls)}`;
  const rows = [...results].map(([name, { universal, direct }]) =>
    universal && direct ? `| ${name} | ${columns(universal)} | ${columns(direct)} |` : "",
  );
  return `# What the Universal Endpoint hides, and what the Worker does about it

With \`routing: universal\` the gateway walks the chain itself. It shows only one status: that of the
step that answered, or that of the last step if all failed. It hides how the earlier steps failed. A
malformed request and an outage of Anthropic therefore look the same to the Worker.

The Worker does the following:

1. It sends the whole chain in one call, as long as no target has failed.
2. When a later step answers, the target before it becomes a suspect for this client and model. The
   Worker sends the client's next request in smaller groups. The first group ends with the suspect,
   so that the gateway must show the suspect's status. If Anthropic is the suspect, it is asked
   alone. If it fails, the Worker sends the remaining steps in a second call.
3. An error that the caller has caused is returned to the caller. A success ends the suspicion. A
   failure counts five times in the client's own circuit. With the default \`breaker.failures\` this
   one failure opens the circuit: Anthropic moves to the end of the chain, and the whole chain goes in
   one call again, until \`breaker.openMs\` has passed. Then one request asks Anthropic alone, as a
   probe.
4. When all steps of a call fail, the Worker asks each target with a hidden status once more, alone.
   The caller then gets the same answer in all routings.
5. The circuit that all clients share counts only known statuses, and only those that no caller can
   cause. A suspicion belongs to one client. So no client can change the order of targets for
   another client.

The time limits mean the same in all routings. The limit of a call with several steps is the sum of
the limits of its steps. If that limit passes, the first target has had all of its time, and it is
not asked again.

## Calls per request

The table shows the average number of calls per request, for ${REQUESTS} requests that are sent one after
the other. The breaker has its default settings. Upstream calls are the calls to Anthropic and
Vertex. \`test/worker/universal-endpoint.test.ts\` writes this page.

| | universal: to the gateway | upstream (Anthropic + Vertex) | direct: to the gateway | upstream |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}
