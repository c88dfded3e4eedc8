/**
 * Experiments with a gateway's log, on a temporary gateway that nobody else calls. The calls count
 * tokens of a text that is made up here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { RawAnswer, RawRequest } from "../clouds/raw-request.ts";
import type { Experiment } from "./experiment.ts";
import { type Check, compare, conclude, describeRaw, untold, whyNot } from "./finding.ts";
import { type Lab, QUESTION } from "./lab.ts";
import { CLOSED, makeGateway } from "./temporary-cloudflare.ts";
import { ONE_MILLISECOND } from "./time-limit.ts";
import { whoAnswered } from "./who-answered.ts";

const ENTRY = z.looseObject({
  id: z.string(),
  path: z.string().nullish(),
  status_code: z.number().nullish(),
  success: z.boolean(),
});
type Entry = z.infer<typeof ENTRY>;
const HEAD = z.object({ request_head: z.string().nullish() });

const LOG_WAIT_MS = 60_000;
const INTERVAL_MS = 1_000;
const HEAD_LENGTH = 1_000;
/** The gateway's code for a gateway that it does not know. */
const NOT_CONFIGURED = "2001";
const KNOWN_TRIES = 8;
const KNOWN_PAUSE_MS = 2_000;
/** Only in the body, in one metadata value, and nowhere else. */
const IN_BODY = "zebrafinch";
const IN_METADATA = "quetzalcoatl";
const METADATA = { verify_one: "first", verify_two: IN_METADATA };
const FILTERS = "local/control-plane/cloudflare/log-filters.ts";
const LOGS = "local/control-plane/cloudflare/gateway-logs.ts";

/** Point 31. */
export const gatewayLog: Experiment = {
  cost: () => ({ requests: 14, makes: ["a temporary AI gateway"] }),
  async run(lab) {
    const { name: id, answer } = await makeGateway(lab, CLOSED);
    if (answer.kind !== "ok") return conclude([untold("a gateway of its own", whyNot(answer))]);
    const log = new Log(lab, id);
    const { endpoint, headers } = lab.countStep();
    const text = `${IN_BODY} `.repeat(HEAD_LENGTH);
    const query = { model: lab.plan.anthropicModel, messages: [{ role: "user", content: text }] };
    const answered = await callWhenKnown(lab, id, {
      headers: { ...headers, "cf-aig-metadata": JSON.stringify(METADATA) },
      body: query,
    });
    if (answered.kind === "unreachable" || answered.status !== 200) {
      return conclude([untold("a call", describeRaw(answered))]);
    }
    const { entry, waitedMs } = await log.waitFor(({ success }) => success);
    if (!entry) return conclude([untold("an entry", `there was none after ${LOG_WAIT_MS / 1_000} s`)]);
    return conclude([
      compare("readable", "at once", waitedMs === 0 ? "at once" : `after ${waitedMs / 1_000} s`, lateness(waitedMs)),
      compare(
        "path",
        endpoint,
        entry.path ?? "none",
        `write path as it is in ${LOGS} and scripts/clouds/gateway-log.ts`,
      ),
      await filtersOfTwoEntries(log),
      ...(await searches(log)),
      await lengthOfHead(log, entry),
      await withoutAnswer(lab, id, log),
    ]);
  },
};

/** A new gateway is not known everywhere at once. */
async function callWhenKnown(lab: Lab, gateway: string, request: Omit<RawRequest, "url">): Promise<RawAnswer> {
  const { endpoint } = lab.countStep();
  for (let tries = 1; ; tries++) {
    const answer = await lab.gateway.native(gateway, `anthropic/${endpoint}`, request);
    const isKnown = answer.kind === "unreachable" || whoAnswered(answer).code !== NOT_CONFIGURED;
    if (isKnown || tries === KNOWN_TRIES) return answer;
    await lab.pause(KNOWN_PAUSE_MS);
  }
}

function lateness(waitedMs: number): string {
  return (
    `entries come up to ${Math.ceil(waitedMs / 1_000)} s late: keep --log-wait of drill well above it; ` +
    "let keep in local/ai-gateway/log.ts wait as long"
  );
}

/** Both values are in the metadata, under different keys. */
async function filtersOfTwoEntries(log: Log): Promise<Check> {
  const filters = [
    { key: "metadata.key", operator: "eq", value: ["verify_one"] },
    { key: "metadata.value", operator: "eq", value: [IN_METADATA] },
  ];
  const found = await log.count({ filters: JSON.stringify(filters) });
  const what = "filters for one entry's key and another one's value";
  if (typeof found === "string") return untold(what, found);
  return compare(what, "match", found > 0 ? "match" : "do not match", `require one entry for both in ${FILTERS}`);
}

async function searches(log: Log): Promise<Check[]> {
  const checks: Check[] = [];
  const cases = [
    ["search by metadata", IN_METADATA, "finds it"],
    ["search by path", "count_tokens", "finds it"],
    ["search by provider", "anthropic", "finds it"],
    ["search by the request's text", IN_BODY, "finds nothing"],
  ] as const;
  for (const [what, search, believed] of cases) {
    const found = await log.count({ search });
    if (typeof found === "string") checks.push(untold(what, found));
    else {
      const seen = found > 0 ? "finds it" : "finds nothing";
      checks.push(compare(what, believed, seen, `let hasText read the same in ${FILTERS}`));
    }
  }
  return checks;
}

async function lengthOfHead(log: Log, { id }: Entry): Promise<Check> {
  const what = "characters of request_head";
  const answer = await log.head(id);
  if (answer.kind !== "ok") return untold(what, whyNot(answer));
  const { request_head: head } = answer.value;
  const seen = head === undefined || head === null ? "none" : String(head.length);
  return compare(what, String(HEAD_LENGTH), seen, `set HEAD_LENGTH in ${LOGS}`);
}

/** A limit of one millisecond passes before any provider answers. */
async function withoutAnswer(lab: Lab, gateway: string, log: Log): Promise<Check> {
  const what = "status_code of a call without an answer";
  const { endpoint, headers } = lab.countStep();
  const late = await lab.gateway.native(gateway, `anthropic/${endpoint}`, {
    headers: { ...headers, ...ONE_MILLISECOND },
    body: { model: lab.plan.anthropicModel, ...QUESTION },
  });
  if (late.kind === "answered" && late.status === 200) return untold(what, "the provider answered within 1 ms");
  const { entry } = await log.waitFor(({ success, status_code: status }) => !success || !status);
  if (!entry) return untold(what, `the log has no such call after ${LOG_WAIT_MS / 1_000} s`);
  const { status_code: status } = entry;
  const seen = status === undefined || status === null ? "absent" : String(status);
  return compare(
    what,
    "absent",
    seen,
    `write ${seen} for such a call in ${LOGS}, and read it in scripts/clouds/gateway-log.ts`,
  );
}

class Log {
  readonly #lab: Lab;
  readonly #path: string;

  constructor(lab: Lab, gateway: string) {
    this.#lab = lab;
    this.#path = `accounts/${lab.plan.account}/ai-gateway/gateways/${gateway}/logs`;
  }

  async waitFor(isWanted: (entry: Entry) => boolean): Promise<{ entry: Entry | undefined; waitedMs: number }> {
    for (let waitedMs = 0; waitedMs < LOG_WAIT_MS; waitedMs += INTERVAL_MS) {
      const answer = await this.#lab.cloudflare.page(this.#path, ENTRY, {});
      const entry = answer.kind === "ok" ? answer.value.items.find(isWanted) : undefined;
      if (entry || answer.kind === "refused") return { entry, waitedMs };
      await sleep(INTERVAL_MS, undefined, { signal: this.#lab.signal });
    }
    return { entry: undefined, waitedMs: LOG_WAIT_MS };
  }

  /** @returns how many entries, or why it cannot be said */
  async count(query: Readonly<Record<string, string>>): Promise<number | string> {
    const answer = await this.#lab.cloudflare.page(this.#path, ENTRY, query);
    return answer.kind === "ok" ? answer.value.items.length : whyNot(answer);
  }

  head(id: string) {
    return this.#lab.cloudflare.get(`${this.#path}/${id}`, HEAD);
  }
}
