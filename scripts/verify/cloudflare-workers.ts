/**
 * Experiments with Workers: what the API fills in, and what it refuses in which words. Each has a
 * temporary Worker without an address.
 */
import { z } from "zod";
import type { Experiment } from "./experiment.ts";
import { type Check, compare, compareOutcome, conclude, untold, whyNot } from "./finding.ts";
import type { Lab } from "./lab.ts";
import { makeToken, makeWorker, upload } from "./temporary-cloudflare.ts";

const MAKES = ["a temporary Worker without an address"];
/** What the local cloud answers where the code of a refusal is not known. */
const UNCODED = "400 1";
const SCRIPT_RULES = "local/resources/cloudflare/script.ts";

/** Point 7. */
const WORKER = z.object({ name: z.string() });
export const workerByName: Experiment = {
  cost: () => ({ requests: 1 }),
  async run({ cloudflare, plan }) {
    const { account, worker } = plan;
    const answer = await cloudflare.get(`accounts/${account}/workers/workers/${worker}`, WORKER);
    const consequence =
      "the provider cannot read an uploaded script by its name: remove the route from " +
      "local/control-plane/cloudflare/workers-dev.ts, and see which resource needs it";
    const isFound = answer.kind === "ok" && answer.value.name === worker;
    if (isFound) return conclude([compare(worker, "found", "found", consequence)]);
    if (answer.kind === "refused" && answer.status === 404) {
      return conclude([compare(worker, "found", whyNot(answer), consequence)]);
    }
    return conclude([untold(worker, whyNot(answer))]);
  },
};

/** Point 21. */
const OBSERVABILITY = z.object({
  observability: z.object({
    logs: z.object({ invocation_logs: z.boolean() }).partial().nullish(),
    traces: z.object({ enabled: z.boolean() }).partial().nullish(),
  }),
});
export const observabilityDefaults: Experiment = {
  cost: () => ({ requests: 3, makes: MAKES }),
  async run(lab) {
    const { name, answer: uploaded } = await makeWorker(lab, { observability: { enabled: true } });
    if (uploaded.kind !== "ok") return conclude([untold("an upload", whyNot(uploaded))]);
    const path = `accounts/${lab.plan.account}/workers/scripts/${name}/settings`;
    const found = await lab.cloudflare.get(path, OBSERVABILITY);
    if (found.kind !== "ok") return conclude([untold("its settings", whyNot(found))]);
    const { logs, traces } = found.value.observability;
    const consequence = `let withDefaults in ${SCRIPT_RULES} fill in what was seen`;
    return conclude([
      compare("invocation logs", "on", onOff(logs?.invocation_logs), consequence),
      compare("traces", "off", onOff(traces?.enabled), consequence),
    ]);
  },
};

function onOff(value: boolean | undefined): string {
  if (value === undefined) return "not filled in";
  return value ? "on" : "off";
}

/** Point 22. Neither hostname can exist, so nothing is made. */
const NO_ZONE = "0".repeat(32);
const DOMAIN = z.object({ id: z.string() });
export const domainRefusals: Experiment = {
  cost: () => ({ requests: 5, makes: MAKES }),
  async run(lab) {
    const { cloudflare, plan } = lab;
    const { name: service, answer: uploaded } = await makeWorker(lab, {});
    if (uploaded.kind !== "ok") return conclude([untold("an upload", whyNot(uploaded))]);
    const path = `accounts/${plan.account}/workers/domains`;
    const remove = async (cleaning: Lab) => {
      const listed = await cleaning.cloudflare.get(path, z.array(DOMAIN), { service });
      if (listed.kind !== "ok") return listed;
      for (const { id } of listed.value) await cleaning.cloudflare.delete(`${path}/${id}`);
      return listed;
    };
    const put = (more: object) => {
      const body = { hostname: `${service}.invalid`, service, environment: "production", ...more };
      return lab.temporaries.make(`a custom domain of ${service}`, remove, () =>
        cloudflare.send("put", path, body, z.unknown()),
      );
    };
    const consequence = "write the status and the code into zoneOf of local/resources/cloudflare/address.ts";
    return conclude([
      compareOutcome("a hostname in no zone", "400 10082", await put({}), consequence),
      compareOutcome("a zone that does not exist", "400 10083", await put({ zone_id: NO_ZONE }), consequence),
      untold("a hostname that moves, and one of a deleted script", "it would change DNS records of one of your zones"),
    ]);
  },
};

/** Point 24. */
const KB = 1_024;
export const workerLimits: Experiment = {
  cost: () => ({ requests: 10, makes: MAKES }),
  async run(lab) {
    const { name, answer: least } = await makeWorker(lab, {});
    if (least.kind !== "ok") return conclude([untold("an upload", whyNot(least))]);
    const put = (bindings: readonly object[]) => upload(lab, name, { bindings });
    const codes = `write the status and the code into ${SCRIPT_RULES}`;
    // The paid plan allows twice as many variables.
    const isPaid = (await put(texts(65))).kind === "ok";
    const most = isPaid ? 128 : 64;
    const tooMany = await put(texts(most + 1));
    const exactly = await put([text(5 * KB)]);
    const kb =
      "a KB is 1,000 bytes here: set MAX_BINDING_BYTES in local/resources/cloudflare/script.ts, and the one of infra/worker";
    const { answer: token } = await makeToken(lab, UNKNOWN_POLICY);
    return conclude([
      compareOutcome("a variable of 5,121 bytes", UNCODED, await put([text(5 * KB + 1)]), codes),
      compareOutcome("a variable of 5,120 bytes", "accepted", exactly, kb),
      compareOutcome(`a variable above ${most}`, UNCODED, tooMany, codes),
      ...(await countsRateLimits(lab, name, most)),
      compareOutcome(
        "a token policy with an unknown group",
        UNCODED,
        token,
        "write it into local/resources/cloudflare/token.ts",
      ),
      untold("an account's 21st gateway", "it would use up the gateways of the account"),
    ]);
  },
};

const UNKNOWN_POLICY = { effect: "allow", permission_groups: [{ id: "0".repeat(32) }], resources: {} };

async function countsRateLimits(lab: Lab, name: string, most: number): Promise<Check[]> {
  const what = `a rate limit beside ${most} variables`;
  const full = await upload(lab, name, { bindings: texts(most) });
  if (full.kind !== "ok") return [untold(what, `${most} variables: ${whyNot(full)}`)];
  const more = await upload(lab, name, { bindings: [...texts(most), rateLimit({})] });
  if (more.kind === "unreachable") return [untold(what, more.why)];
  const consequence = `count only texts among the variables in ${SCRIPT_RULES}`;
  return [compare(what, "refused", more.kind === "ok" ? "accepted" : "refused", consequence)];
}

function texts(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ name: `V${index}`, type: "plain_text", text: "x" }));
}

function text(bytes: number): object {
  return { name: "V", type: "plain_text", text: "x".repeat(bytes) };
}

function rateLimit({ namespace_id = "1001" as unknown, limit = 60, period = 60 }): object {
  return { name: "R", type: "ratelimit", namespace_id, simple: { limit, period } };
}

/** Point 30. */
export const rateLimitRefusals: Experiment = {
  cost: () => ({ requests: 8, makes: MAKES }),
  async run(lab) {
    const { name, answer: least } = await makeWorker(lab, { bindings: [rateLimit({})] });
    if (least.kind !== "ok") return conclude([untold("a Worker with a rate limit", whyNot(least))]);
    const put = (limit: object) => upload(lab, name, { bindings: [limit] });
    const codes = `write the status and the code into checkedRateLimit of ${SCRIPT_RULES}`;
    const largest = `refuse what is larger in ${SCRIPT_RULES}; the program's ids have 31 bits and its limits are small`;
    return conclude([
      compareOutcome(
        "a namespace_id that is no number",
        UNCODED,
        await put(rateLimit({ namespace_id: "verify" })),
        codes,
      ),
      compareOutcome("the namespace_id 0", UNCODED, await put(rateLimit({ namespace_id: "0" })), codes),
      compareOutcome("a namespace_id that is no text", UNCODED, await put(rateLimit({ namespace_id: 1_001 })), codes),
      compareOutcome("a period of 30 s", UNCODED, await put(rateLimit({ period: 30 })), codes),
      compareOutcome("a limit of 2^32", "accepted", await put(rateLimit({ limit: 2 ** 32 })), largest),
      compareOutcome(
        "a namespace_id of 2^64",
        "accepted",
        await put(rateLimit({ namespace_id: String(2n ** 64n) })),
        largest,
      ),
    ]);
  },
};
