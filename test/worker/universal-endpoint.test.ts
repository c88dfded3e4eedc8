/**
 * What the Universal Endpoint's hidden statuses cost: calls for each request, in `universal` beside
 * `direct`, under the default breaker. The table that comes out is docs/universal-endpoint.md (`npx
 * vitest run test/worker/universal-endpoint.test.ts -u`).
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Fault } from "../../local/faults/faults.ts";
import type { Exchange } from "../../local/http/exchange.ts";
import { Sandbox } from "../../local/sandbox/index.ts";
import { post, QUESTION, warmUp } from "../support/local-stack.ts";

const REQUESTS = 100;
const ROUTINGS = ["universal", "direct"] as const;
const OVERLOADED: Fault = { mode: "status", status: 529 };
const MALFORMED = { ...QUESTION, max_tokens: 0 };

interface Scenario {
  name: string;
  /** What fails when the request of this index comes. */
  faults?: (index: number) => Readonly<Record<string, Fault>>;
  body?: (index: number) => object;
}

const SCENARIOS: readonly Scenario[] = [
  { name: "all is well" },
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
  { name: "both fail", faults: () => ({ anthropic: OVERLOADED, vertex: OVERLOADED }) },
];

interface Calls {
  gateway: number;
  anthropic: number;
  vertex: number;
  statuses: ReadonlySet<number>;
}

/**
 * Requests one after the other, in a new isolate that has a Google token and no memory of failures.
 */
async function count({ faults, body }: Scenario, routing: string): Promise<Calls> {
  const stack = await Sandbox.up({ config: { routing } });
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

const of = (name: string) => results.get(name)?.universal;

it("sends the whole chain in one call while all is well", () => {
  expect(of("all is well")).toMatchObject({ gateway: REQUESTS, anthropic: REQUESTS, vertex: 0 });
});

it("learns of an outage by one look, and asks Vertex first from then on", () => {
  // The first request's failure is hidden, the second looks; no other is sent to Anthropic while
  // the circuit is open.
  expect(of("Anthropic fails")).toMatchObject({ gateway: REQUESTS + 1, anthropic: 2, vertex: REQUESTS });
});

it("answers a malformed request 400 during an outage", () => {
  expect([...(of("Anthropic fails, and 1 request in 100 is malformed")?.statuses ?? [])].sort()).toEqual([200, 400]);
});

it.each(SCENARIOS)("answers with the same statuses in both routings when $name", ({ name }) => {
  const { universal, direct } = results.get(name) ?? {};
  expect([...(universal?.statuses ?? [])].sort()).toEqual([...(direct?.statuses ?? [])].sort());
});

it("docs/universal-endpoint.md says what each costs", async () => {
  await expect(page()).toMatchFileSnapshot("../docs/universal-endpoint.md");
});

function page(): string {
  const each = (calls: number) => (calls / REQUESTS).toFixed(2);
  const upstream = ({ anthropic, vertex }: Calls) =>
    `${each(anthropic + vertex)} (${each(anthropic)} + ${each(vertex)})`;
  const rows = [...results].map(([name, { universal, direct }]) =>
    universal && direct
      ? `| ${name} | ${each(universal.gateway)} | ${upstream(universal)} | ${each(direct.gateway)} | ${upstream(direct)} |`
      : "",
  );
  return `# What the Universal Endpoint hides, and what the Worker does about it

In \`routing: universal\` the gateway walks the chain itself. It shows the status of the step that
answered, or of the last one. How the steps before it failed is hidden: a caller's malformed request
and an outage look the same.

The Worker's rule:

1. While nothing is wrong the whole chain goes in one call.
2. When a later step has answered, the target before it is a suspect for this client and model. The
   client's next request asks the suspect in a way that shows its status: a group of steps ends with
   the first suspect, so Anthropic is asked alone, and the rest follows by continuation.
3. A caller's error is then seen as one and returned. A success ends the suspicion. A failure counts
   five times in the client's own circuit: with the default \`breaker.failures\` one look opens it, and
   Vertex is asked first, in one call, until \`breaker.openMs\` is over. Then one request probes
   Anthropic, alone.
4. Where all steps of a call failed, those that were hidden are asked once more, each alone. So all
   routings answer alike.
5. The circuit that all clients share counts only statuses that were seen and that no caller can
   cause. A suspicion is a client's own, so no client can change another one's order of targets.

A time limit means the same in all routings. A call with several steps has the limit of all of them
together; the target that is first has then had all its time, and is not asked again.

## Calls for each request

Of ${REQUESTS} requests, one after the other, with the default breaker. Upstream calls are Anthropic's and
Vertex's. Written by \`test/worker/universal-endpoint.test.ts\`.

| | universal: to the gateway | upstream (Anthropic + Vertex) | direct: to the gateway | upstream |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}
