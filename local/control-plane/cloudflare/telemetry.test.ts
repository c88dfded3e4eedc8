import { beforeEach, expect, test } from "vitest";
import { recordWorkerLine, type Script } from "../../state/index.ts";
import { useControlPlane } from "../../testing/control-plane.ts";
import { multipart } from "../../testing/upload.ts";

const cloud = useControlPlane();
const TIMEFRAME = { from: 0, to: 10_000 };

beforeEach(async () => {
  const { account } = cloud();
  account.workerLog = [];
  await upload("worker", { enabled: true });
});

async function upload(name: string, observability: object): Promise<Script> {
  const { cloudflare, account } = cloud();
  const metadata = { main_module: "index.js", compatibility_date: "2026-11-01", bindings: [], observability };
  await cloudflare("PUT", `/workers/scripts/${name}`, multipart(metadata, { "index.js": "export default {};" }));
  const script = account.scripts.get(name);
  if (!script) throw new Error("no script was uploaded");
  return script;
}

/** One line for each record; the first at 1000 ms, the next a second later. */
function print(...records: (object | string)[]): void {
  records.forEach((record, index) => {
    const line = typeof record === "string" ? record : JSON.stringify(record);
    recordWorkerLine(cloud().account, "worker", line, 1_000 * (index + 1));
  });
}

async function query(body: object) {
  const sent = { body: { queryId: "test", timeframe: TIMEFRAME, ...body } };
  return (await cloud().cloudflare("POST", "/workers/observability/telemetry/query", sent)).json;
}

/** The members `n` of the matching events. */
async function matching(filter: object): Promise<number[]> {
  const { result } = await query({ view: "events", parameters: { filters: [filter] } });
  return result.events.events.map(({ source }: { source: { n: number } }) => source.n);
}

test("a line of JSON becomes an event whose source has its members, newest first", async () => {
  print({ event: "request", request_id: "req_1", status: 200 }, "plain text");
  const script = cloud().account.scripts.get("worker");

  const { result } = await query({ view: "events" });

  expect(result.events.count).toBe(2);
  expect(result.events.events).toMatchObject([
    { timestamp: 2_000, source: "plain text", $metadata: { message: "plain text" } },
    {
      dataset: "cloudflare-workers",
      timestamp: 1_000,
      source: { event: "request", request_id: "req_1", status: 200 },
      $workers: { scriptName: "worker", scriptVersion: { id: script?.versionId } },
      $metadata: { service: "worker", id: expect.any(String) },
    },
  ]);
  expect(result.events.fields).toContainEqual({ key: "status", type: "number" });
  expect(result.run).toMatchObject({ status: "COMPLETED", accountId: "account", timeframe: TIMEFRAME });
});

test.each([
  ["without observability", { enabled: false }],
  ["without logs", { enabled: true, logs: { enabled: false } }],
])("a script %s leaves nothing", async (_what, observability) => {
  await upload("worker", observability);

  print({ n: 1 });

  expect(cloud().account.workerLog).toEqual([]);
});

test.each([
  [{ key: "n", operation: "eq", type: "number", value: 2 }, [2]],
  [{ key: "n", operation: "=", type: "number", value: 2 }, [2]],
  [{ key: "n", operation: "neq", type: "number", value: 2 }, [3, 1]],
  [{ key: "n", operation: "gt", type: "number", value: 1 }, [3, 2]],
  [{ key: "n", operation: "gte", type: "number", value: 2 }, [3, 2]],
  [{ key: "n", operation: "lt", type: "number", value: 2 }, [1]],
  [{ key: "n", operation: "lte", type: "number", value: 2 }, [2, 1]],
  [{ key: "n", operation: "eq", type: "string", value: "2" }, []],
  [{ key: "n", operation: "in", type: "number", value: "1, 3" }, [3, 1]],
  [{ key: "target", operation: "in", type: "string", value: "vertex/us,anthropic" }, [2, 1]],
  [{ key: "target", operation: "not_in", type: "string", value: "anthropic" }, [3, 2]],
  [{ key: "target", operation: "exists", type: "string" }, [2, 1]],
  [{ key: "target", operation: "is_null", type: "string" }, [3]],
  [{ key: "target", operation: "includes", type: "string", value: "tex" }, [2]],
  [{ key: "target", operation: "not_includes", type: "string", value: "tex" }, [3, 1]],
  [{ key: "target", operation: "starts_with", type: "string", value: "ver" }, [2]],
  [{ key: "target", operation: "ends_with", type: "string", value: "us" }, [2]],
  [{ key: "target", operation: "regex", type: "string", value: "^a.*c$" }, [1]],
  [{ key: "attempts.0.status", operation: "eq", type: "number", value: 529 }, [2]],
  [{ key: "$workers.scriptName", operation: "eq", type: "string", value: "worker" }, [3, 2, 1]],
  [{ key: "$metadata.service", operation: "eq", type: "string", value: "other" }, []],
  [
    {
      kind: "group",
      filterCombination: "or",
      filters: [
        { key: "n", operation: "eq", type: "number", value: 1 },
        { key: "n", operation: "eq", type: "number", value: 3 },
      ],
    },
    [3, 1],
  ],
])("the filter %j matches %j", async (filter, numbers) => {
  print({ n: 1, target: "anthropic" }, { n: 2, target: "vertex/us", attempts: [{ status: 529 }] }, { n: 3 });

  expect(await matching(filter)).toEqual(numbers);
});

test("the timeframe, the needle and the limit select events; an event's id is the cursor", async () => {
  print({ n: 1 }, { n: 2 }, { n: 3, text: "Needle" });
  const numbers = async (body: object) => {
    const { result } = await query({ view: "events", ...body });
    return result.events.events.map(({ source }: { source: { n: number } }) => source.n);
  };
  const { result: first } = await query({ view: "events", limit: 1 });
  const cursor = first.events.events[0].$metadata.id;

  const early = await numbers({ timeframe: { from: 1_500, to: 2_500 } });
  const found = await numbers({ parameters: { needle: { value: "needle" } } });
  const notFound = await numbers({ parameters: { needle: { value: "needle", matchCase: true } } });
  const next = await numbers({ limit: 1, offset: cursor });

  expect(first.events.count).toBe(3);
  expect(early).toEqual([2]);
  expect(found).toEqual([3]);
  expect(notFound).toEqual([]);
  expect(next).toEqual([2]);
});

test("calculations count and take percentiles for each group", async () => {
  print(...[10, 20, 30].map((ms) => ({ target: "anthropic", ms })), { target: "vertex/us", ms: 100 });

  const { result } = await query({
    view: "calculations",
    granularity: 10,
    parameters: {
      calculations: [
        { operator: "count", alias: "requests" },
        { operator: "median", key: "ms", keyType: "number" },
        { operator: "p99", key: "ms", keyType: "number" },
        { operator: "MAX", key: "ms", keyType: "number" },
      ],
      groupBys: [{ type: "string", value: "target" }],
      orderBy: { value: "requests", order: "desc" },
    },
  });

  const values = result.calculations.map(({ aggregates }: { aggregates: { value: number }[] }) =>
    aggregates.map(({ value }) => value),
  );
  expect(values).toEqual([
    [3, 1],
    [20, 100],
    [29.8, 100],
    [30, 100],
  ]);
  expect(result.calculations[0]).toMatchObject({
    calculation: "count",
    alias: "requests",
    aggregates: [
      { value: 3, count: 3, sampleInterval: 1, groups: [{ key: "target", value: "anthropic" }] },
      { groups: [{ key: "target", value: "vertex/us" }] },
    ],
  });
});

test("calculations have a series over time, unless it is ignored", async () => {
  print({ n: 1 }, { n: 2 });
  const body = { granularity: 5, parameters: { calculations: [{ operator: "count" }] } };

  const { result: withSeries } = await query(body);
  const { result: without } = await query({ ...body, ignoreSeries: true });

  expect(withSeries.calculations[0]).toMatchObject({
    aggregates: [{ value: 2 }],
    series: [
      { time: "1970-01-01T00:00:00.000Z", data: [{ value: 1 }] },
      { time: "1970-01-01T00:00:02.000Z", data: [{ value: 1 }] },
    ],
  });
  expect(without.calculations[0].series).toEqual([]);
});

test.each([
  ["no timeframe", { timeframe: undefined }],
  ["a timeframe that ends before it starts", { timeframe: { from: 2, to: 1 } }],
  ["a limit over 2000", { limit: 2_001 }],
  ["an unknown operation", { parameters: { filters: [{ key: "n", operation: "like", type: "number", value: 1 }] } }],
  ["a percentile without a key", { parameters: { calculations: [{ operator: "p99" }] } }],
  ["a cursor that is no event's id", { view: "events", offset: "x" }],
])("a query with %s is refused", async (_what, body) => {
  expect(await query(body)).toMatchObject({ success: false, result: null });
});
