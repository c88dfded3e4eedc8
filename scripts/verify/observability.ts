/**
 * How Workers Observability answers queries, over two lines that the stack's Worker writes for this
 * experiment. It counts the tokens of two bodies of different lengths, which costs nothing.
 */
import { z } from "zod";
import { rawRequest } from "../clouds/raw-request.ts";
import type { Experiment } from "./experiment.ts";
import { type Check, compare, compareOutcome, conclude, describeRaw, untold, whyNot } from "./finding.ts";
import { type Lab, QUESTION } from "./lab.ts";

const LOG_WAIT_MS = 90_000;
const INTERVAL_MS = 2_000;
const RULES = "local/control-plane/cloudflare";
const MISSING = "verify_missing_member";
const BUCKETS = 20;

const LINE = z.object({ source: z.object({ request_bytes: z.number() }) });
const FOUND = z.object({ events: z.object({ events: z.array(z.unknown()).nullish() }).nullish() });
const FIGURE = z.object({ value: z.number().nullish(), interval: z.number().nullish() });
const CALCULATED = z.object({
  calculations: z.array(
    z.object({
      calculation: z.string(),
      aggregates: z.array(FIGURE).nullish(),
      series: z.array(z.object({ data: z.array(FIGURE) })).nullish(),
    }),
  ),
});

/** Point 32. */
export const observability: Experiment = {
  cost: () => ({ requests: 12 }),
  async run(lab) {
    const ids: string[] = [];
    for (const text of ["Hi", "Hi there, how do you do today?"]) {
      const id = await writeLine(lab, text);
      if (typeof id !== "string") return conclude([untold("a line of the Worker", id.why)]);
      ids.push(id);
    }
    const queries = new Queries(lab, ids);
    const bytes = await queries.waitForLines();
    if (bytes.length < ids.length) {
      return conclude([
        untold(
          "a line of the Worker",
          `the log has ${bytes.length} of ${ids.length} lines after ${LOG_WAIT_MS / 1_000} s`,
        ),
      ]);
    }
    return conclude([
      ...(await missingValues(queries)),
      ...(await calculations(queries, bytes)),
      compareOutcome(
        "a query without a span",
        "400 1",
        await queries.send({ queryId: "verify" }),
        `write the code into ${RULES}/telemetry.ts`,
      ),
      untold("a token with read permission only", "it would need another token"),
    ]);
  },
};

/** @returns the request id of the line */
async function writeLine({ worker, plan, signal }: Lab, content: string): Promise<string | { why: string }> {
  if (worker.kind === "unknown") return worker;
  const answer = await rawRequest(
    {
      url: `${worker.url}/v1/messages/count_tokens`,
      headers: { "x-api-key": worker.token, "anthropic-version": "2023-06-01" },
      body: { ...QUESTION, model: plan.anthropicModel, messages: [{ role: "user", content }] },
    },
    signal,
  );
  const id = answer.kind === "answered" ? answer.headers.get("request-id") : null;
  return id ?? { why: describeRaw(answer) };
}

async function missingValues(queries: Queries): Promise<Check[]> {
  const checks: Check[] = [];
  const cases = [
    ["is_null", true],
    ["neq", true],
    ["eq", false],
    ["not_includes", true],
    ["not_in", true],
    ["exists", false],
  ] as const;
  for (const [operation, isMet] of cases) {
    const what = `a missing value and ${operation}`;
    const answer = await queries.events({ key: MISSING, operation, type: "string", value: "x" });
    const found = answer.kind === "ok" ? (answer.value.events?.events ?? []).length : undefined;
    const word = (met: boolean) => (met ? "met" : "not met");
    if (found === undefined) checks.push(untold(what, whyNot(answer)));
    else checks.push(compare(what, word(isMet), word(found > 0), `set OPERATORS in ${RULES}/telemetry-filter.ts`));
  }
  return checks;
}

async function calculations(queries: Queries, bytes: readonly number[]): Promise<Check[]> {
  const rules = `${RULES}/telemetry-calculations.ts`;
  const answer = await queries.calculate([
    { operator: "count" },
    { operator: "p50", key: "request_bytes", keyType: "number" },
  ]);
  if (answer.kind !== "ok") return [untold("calculations", whyNot(answer))];
  const [count, median] = answer.value.calculations;
  const wholeInterval = count?.aggregates?.[0]?.interval;
  const bucketInterval = count?.series?.[0]?.data[0]?.interval;
  const middle = bytes.reduce((sum, value) => sum + value, 0) / bytes.length;
  return [
    compare("the name of a calculation", "count", count?.calculation ?? "none", `name it so in ${rules}`),
    numberOf(
      "interval of a span",
      queries.spanMs / 1_000,
      wholeInterval,
      `give interval in the unit that was seen in ${rules}`,
    ),
    numberOf(
      "buckets without a number of them",
      BUCKETS,
      wholeInterval && bucketInterval ? wholeInterval / bucketInterval : undefined,
      `set the default of granularity in ${RULES}/telemetry-query.ts`,
    ),
    numberOf(
      `the median of ${bytes.join(" and ")}`,
      middle,
      median?.aggregates?.[0]?.value,
      `let percentile in ${rules} do the same`,
    ),
  ];
}

/** Rounding is no difference. */
function numberOf(what: string, believed: number, seen: number | null | undefined, consequence: string): Check {
  if (seen === undefined || seen === null) return untold(what, "the answer has none");
  const isSame = Math.abs(seen - believed) <= Math.abs(believed) / 1_000;
  return compare(what, String(believed), isSame ? String(believed) : String(seen), consequence);
}

class Queries {
  readonly #lab: Lab;
  readonly #ids: readonly string[];
  readonly #fromMs = Date.now() - 600_000;
  readonly spanMs = 1_200_000;

  constructor(lab: Lab, ids: readonly string[]) {
    this.#lab = lab;
    this.#ids = ids;
  }

  /** @returns `request_bytes` of the lines */
  async waitForLines(): Promise<number[]> {
    for (let waitedMs = 0; ; waitedMs += INTERVAL_MS) {
      const answer = await this.events();
      const found = answer.kind === "ok" ? (answer.value.events?.events ?? []) : [];
      const bytes = found.flatMap((event) => LINE.safeParse(event).data?.source.request_bytes ?? []);
      if (bytes.length >= this.#ids.length || waitedMs >= LOG_WAIT_MS || answer.kind === "refused") return bytes;
      await this.#lab.pause(INTERVAL_MS);
    }
  }

  events(...filters: readonly object[]) {
    return this.send({ ...this.#about, view: "events", parameters: this.#parameters(filters) });
  }

  calculate(wanted: readonly object[]) {
    const { cloudflare } = this.#lab;
    const parameters = { ...this.#parameters([]), calculations: wanted };
    return cloudflare.query(this.#path, { ...this.#about, view: "calculations", parameters }, CALCULATED);
  }

  send(body: object) {
    return this.#lab.cloudflare.query(this.#path, body, FOUND);
  }

  get #path(): string {
    return `accounts/${this.#lab.plan.account}/workers/observability/telemetry/query`;
  }

  get #about() {
    return { queryId: "verify", timeframe: { from: this.#fromMs, to: this.#fromMs + this.spanMs } };
  }

  /** Only the lines of this experiment: an answer's id is the line's `request_id` or its `answer_id`. */
  #parameters(filters: readonly object[]) {
    const own = this.#ids.flatMap((value) =>
      ["request_id", "answer_id"].map((key) => ({ key, operation: "eq", type: "string", value })),
    );
    const group = { kind: "group", filterCombination: "or", filters: own };
    return { filterCombination: "and", filters: [group, ...filters] };
  }
}
