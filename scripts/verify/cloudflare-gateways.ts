/** Experiments with the settings of a gateway, each with a temporary gateway of its own. */
import { z } from "zod";
import type { Experiment } from "./experiment.ts";
import { type Check, compare, conclude, untold, whyNot } from "./finding.ts";
import type { Lab } from "./lab.ts";
import { CLOSED, makeGateway, REQUIRED_SETTINGS } from "./temporary-cloudflare.ts";

const GATEWAY = z.looseObject({ id: z.string() });
const MAKES = ["a temporary AI gateway"];

/** Point 20. */
const DEFAULTS = {
  authentication: false,
  byok_only: false,
  log_management: 100_000,
  log_management_strategy: "DELETE_OLDEST",
  rate_limiting_technique: "fixed",
};
export const gatewayDefaults: Experiment = {
  cost: () => ({ requests: 3, makes: MAKES }),
  async run(lab) {
    const { name: id, answer } = await makeGateway(lab, {});
    if (answer.kind !== "ok") return conclude([untold("a gateway with the least settings", whyNot(answer))]);
    const found = await read(lab, id);
    if (found.kind !== "ok") return conclude([untold("its settings", whyNot(found))]);
    return conclude([
      ...Object.entries(DEFAULTS).map(([name, believed]) =>
        compare(
          name,
          String(believed),
          String(found.value[name] ?? believed),
          "set GATEWAY_DEFAULTS in local/state/ai-gateway.ts to what was seen",
        ),
      ),
      untold(
        "what the newest provider reports as a change",
        "it needs a refresh by the provider: test/engine/providers",
      ),
    ]);
  },
};

/** Point 26. Nothing is exported and nothing is limited, because nobody calls the gateway. */
const EXPORT = { url: "https://verify.invalid/v1/traces", headers: {}, content_type: "json" };
const RULE = { id: "verify", enabled: true, limit: 1, limitType: "cost", technique: "fixed", window: 3_600 };
export const leftOutOfPut: Experiment = {
  cost: () => ({ requests: 5, makes: MAKES }),
  async run(lab) {
    const settings = { ...CLOSED, otel: [EXPORT], spend_limits: { enabled: true, rules: [RULE] } };
    const { name: id, answer } = await makeGateway(lab, settings);
    if (answer.kind !== "ok") return conclude([untold("a gateway with both", whyNot(answer))]);
    const before = await read(lab, id);
    const path = `accounts/${lab.plan.account}/ai-gateway/gateways/${id}`;
    const put = await lab.cloudflare.send("put", path, { ...REQUIRED_SETTINGS, ...CLOSED, id }, z.unknown());
    if (put.kind !== "ok") return conclude([untold("a PUT without them", whyNot(put))]);
    const after = await read(lab, id);
    if (before.kind !== "ok") return conclude([untold("its settings", whyNot(before))]);
    if (after.kind !== "ok") return conclude([untold("its settings", whyNot(after))]);
    return conclude([
      removed("spend limit", SPEND_LIMITS.safeParse(before.value), SPEND_LIMITS.safeParse(after.value)),
      removed("OpenTelemetry export", EXPORTS.safeParse(before.value), EXPORTS.safeParse(after.value)),
    ]);
  },
};

/** To how many there are. */
const SPEND_LIMITS = z
  .object({ spend_limits: z.object({ rules: z.array(z.unknown()).nullish() }).nullish() })
  .transform(({ spend_limits }) => spend_limits?.rules?.length ?? 0);
const EXPORTS = z.object({ otel: z.array(z.unknown()).nullish() }).transform(({ otel }) => otel?.length ?? 0);

function removed(what: string, before: z.ZodSafeParseResult<number>, after: z.ZodSafeParseResult<number>): Check {
  if (before.data !== 1) return untold(what, "the gateway did not get one");
  const consequence =
    `a ${what} that the program no longer has stays: remove it in the dashboard; ` +
    "let a PUT without it keep it in local/resources/cloudflare/gateway.ts";
  return compare(what, "removed", after.data === 0 ? "removed" : "kept", consequence);
}

function read({ cloudflare, plan }: Lab, id: string) {
  return cloudflare.get(`accounts/${plan.account}/ai-gateway/gateways/${id}`, GATEWAY);
}
