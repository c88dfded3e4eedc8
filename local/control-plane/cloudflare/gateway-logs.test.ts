import { beforeEach, expect, test } from "vitest";
import { ANTHROPIC_HEADERS, callGateway, QUESTION } from "../../testing/cloud.ts";
import { useControlPlane } from "../../testing/control-plane.ts";

const cloud = useControlPlane();
const LOGS = "/ai-gateway/gateways/gateway/logs";

beforeEach(() => {
  const { gateway } = cloud();
  gateway.logs = [];
  Object.assign(gateway, { collectLogs: true, logManagement: 100_000, logManagementStrategy: "DELETE_OLDEST" });
});

function ask(headers: Record<string, string> = {}, question: object = QUESTION) {
  return callGateway(cloud(), {
    path: "/anthropic/v1/messages",
    headers: { ...ANTHROPIC_HEADERS, ...headers },
    body: JSON.stringify(question),
  });
}

function askAs(client: string) {
  return ask({ "cf-aig-metadata": JSON.stringify({ client }) });
}

async function list(query: Record<string, string> = {}) {
  const { json } = await cloud().cloudflare("GET", `${LOGS}?${new URLSearchParams(query)}`);
  return json;
}

async function clientsWith(...filters: object[]): Promise<string[]> {
  const { result } = await list({ filters: JSON.stringify(filters), order_by_direction: "asc" });
  return result.map(({ metadata }: { metadata: string }) => JSON.parse(metadata).client);
}

test.each([false, true])("an entry has the numbers of its call (stream: %s)", async (stream) => {
  await ask({ "cf-aig-metadata": '{"client":"one"}' }, { ...QUESTION, max_tokens: 10, stream });

  const { result } = await list();

  expect(result).toEqual([
    {
      id: cloud().gateway.logs[0]?.id,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      provider: "anthropic",
      model: QUESTION.model,
      path: "v1/messages",
      duration: expect.any(Number),
      success: true,
      status_code: 200,
      cached: false,
      tokens_in: 8,
      tokens_out: 10,
      cost: (8 * 3 + 10 * 15) / 1_000_000,
      custom_cost: false,
      metadata: '{"client":"one"}',
      request_content_type: "application/json",
      response_content_type: stream ? "text/event-stream; charset=utf-8" : "application/json",
    },
  ]);
});

test("each step of the Universal Endpoint has its own entry", async () => {
  cloud().cloud.context.faults.set("anthropic", { mode: "status", status: 529, times: 1 });
  const step = { provider: "anthropic", endpoint: "v1/messages", headers: ANTHROPIC_HEADERS, query: QUESTION };
  await callGateway(cloud(), { path: "", body: JSON.stringify([step, step]) });

  const { result } = await list({ order_by: "created_at", order_by_direction: "asc" });

  expect(result).toMatchObject([
    { step: 0, success: false, status_code: 529, tokens_in: null, tokens_out: null, cost: 0 },
    { step: 1, success: true, status_code: 200, tokens_in: 8 },
  ]);
});

test("a call without an answer has no status code", async () => {
  cloud().cloud.context.faults.set("anthropic", { mode: "reset", times: 1 });
  await ask();

  const { result } = await list();

  expect(result[0]).toMatchObject({ success: false });
  expect(result[0]).not.toHaveProperty("status_code");
});

test("one entry shows the start of the request, unless payloads are not kept", async () => {
  await ask();
  await ask({ "cf-aig-collect-log-payload": "false" });
  const [kept, notKept] = cloud().gateway.logs.map(({ id }) => id);
  const { cloudflare } = cloud();

  const withPayload = await cloudflare("GET", `${LOGS}/${kept}`);
  const request = await cloudflare("GET", `${LOGS}/${kept}/request`);
  const without = await cloudflare("GET", `${LOGS}/${notKept}`);
  const noRequest = await cloudflare("GET", `${LOGS}/${notKept}/request`);
  const unknown = await cloudflare("GET", `${LOGS}/unknown`);

  expect(JSON.parse(withPayload.json.result.request_head)).toEqual(QUESTION);
  expect(request.json).toEqual(QUESTION);
  expect(without.json.result).not.toHaveProperty("request_head");
  expect(noRequest.status).toBe(404);
  expect(unknown).toMatchObject({ status: 404, json: { errors: [{ code: 7002 }] } });
});

test("entries come in pages of at most 50, newest first", async () => {
  for (const client of ["a", "b", "c"]) await askAs(client);

  const { result, result_info } = await list({ per_page: "2", page: "2" });
  const tooMany = await list({ per_page: "51" });

  expect(result).toMatchObject([{ metadata: '{"client":"a"}' }]);
  expect(result_info).toEqual({ page: 2, per_page: 2, count: 1, total_count: 3, total_pages: 2 });
  expect(tooMany).toMatchObject({ success: false, errors: [{ code: 7001 }] });
});

test("filters select by metadata, provider, success and time", async () => {
  await askAs("a");
  cloud().cloud.context.faults.set("anthropic", { mode: "status", status: 500, times: 1 });
  await askAs("b");
  const [first, second] = cloud().gateway.logs;
  if (first) first.createdAt = "2026-01-01T00:00:00.000Z";
  if (second) second.createdAt = "2026-01-02T00:00:00.000Z";

  const all = await clientsWith(
    { key: "metadata.key", operator: "eq", value: ["client"] },
    { key: "provider", operator: "eq", value: ["anthropic"] },
  );
  const byValue = await clientsWith({ key: "metadata.value", operator: "eq", value: ["b", "c"] });
  const failed = await clientsWith({ key: "success", operator: "eq", value: [false] });
  const later = await clientsWith({ key: "created_at", operator: "gt", value: ["2026-01-01T12:00:00Z"] });
  const earlier = await clientsWith({ key: "created_at", operator: "lt", value: ["2026-01-01T12:00:00Z"] });
  const others = await clientsWith({ key: "metadata.value", operator: "neq", value: ["a"] });
  const within = await clientsWith({ key: "model", operator: "contains", value: ["sonnet"] });

  expect(all).toEqual(["a", "b"]);
  expect(byValue).toEqual(["b"]);
  expect(failed).toEqual(["b"]);
  expect(later).toEqual(["b"]);
  expect(earlier).toEqual(["a"]);
  expect(others).toEqual(["b"]);
  expect(within).toEqual(["a", "b"]);
});

test("deprecated parameters and the search still select", async () => {
  await askAs("needle");
  await askAs("other");

  const found = await list({ search: "needle", success: "true", start_date: "2020-01-01T00:00:00Z" });
  const none = await list({ end_date: "2020-01-01T00:00:00Z" });

  expect(found.result).toMatchObject([{ metadata: '{"client":"needle"}' }]);
  expect(none.result).toEqual([]);
});

test.each([
  ["no JSON", "success"],
  ["an unknown key", '[{"key":"status_code","operator":"eq","value":[200]}]'],
  ["a value that is not an array", '[{"key":"success","operator":"eq","value":true}]'],
])("filters with %s are refused", async (_what, filters) => {
  expect(await list({ filters })).toMatchObject({ success: false, errors: [{ code: 7001 }] });
});

test("a gateway that collects no logs keeps no entries, unless the request asks for one", async () => {
  cloud().gateway.collectLogs = false;
  await askAs("without");
  await ask({ "cf-aig-metadata": '{"client":"with"}', "cf-aig-collect-log": "true" });

  const { result } = await list();

  expect(result).toMatchObject([{ metadata: '{"client":"with"}' }]);
});

test.each([
  ["DELETE_OLDEST", ["b", "c"]],
  ["STOP_INSERTING", ["a", "b"]],
])("a full log with the strategy %s keeps %j", async (logManagementStrategy, kept) => {
  Object.assign(cloud().gateway, { logManagement: 2, logManagementStrategy });

  for (const client of ["a", "b", "c"]) await askAs(client);

  expect(cloud().gateway.logs.map(({ metadata }) => metadata.client)).toEqual(kept);
});
