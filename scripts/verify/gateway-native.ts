/** Experiments with the gateway's provider-native endpoints: what the gateway refuses itself. */
import type { RawAnswer } from "../clouds/raw-request.ts";
import type { Experiment } from "./experiment.ts";
import { type Check, compare, conclude, describeRaw, quote, untold } from "./finding.ts";
import { isWithinOneMillisecond, ONE_MILLISECOND } from "./time-limit.ts";
import { whoAnswered } from "./who-answered.ts";

/** Point 14. */
export const nativeEndpoint: Experiment = {
  cost: () => ({ requests: 2 }),
  async run(lab) {
    const { gateway } = lab.plan;
    const { endpoint, headers, query } = lab.countStep();
    const late = await lab.gateway.native(gateway, `anthropic/${endpoint}`, {
      headers: { ...headers, ...ONE_MILLISECOND },
      body: query,
    });
    const { "x-api-key": key, ...withoutKey } = lab.anthropicHeaders;
    const bearer = await lab.gateway.native(gateway, "anthropic/v1/models", {
      method: "GET",
      headers: { ...withoutKey, authorization: `Bearer ${key}` },
    });
    return conclude([
      isWithinOneMillisecond(late)
        ? untold("a limit of 1 ms", "the provider answered within 1 ms")
        : ownAnswer(
            "a limit of 1 ms",
            "2005",
            late,
            "the Worker must read it as a time-out: worker/response/classify.ts",
          ),
      ownAnswer(
        "a bearer token instead of x-api-key",
        "2040",
        bearer,
        "with byokOnly a bearer token counts as a credential: local/ai-gateway/native.ts",
      ),
      untold("a connection that the provider refuses or resets", "nobody can provoke it on purpose"),
    ]);
  },
};

/** @param code what the gateway is believed to answer, with a 400 */
function ownAnswer(what: string, code: string, answer: RawAnswer, consequence: string): Check {
  if (answer.kind === "unreachable") return untold(what, answer.why);
  const found = whoAnswered(answer);
  const isOwn = found.who === "gateway";
  if (isOwn && found.code === "2009") return untold(what, "the gateway refuses the run token");
  const believed = `400 with code ${code}`;
  const seen = isOwn ? `${answer.status} with code ${found.code}` : `${answer.status} of ${found.who}`;
  return compare(what, believed, seen, consequence);
}

/** Point 15. */
export const missingCredential: Experiment = {
  cost: () => ({ requests: 2 }),
  async run(lab) {
    const { "x-api-key": _key, ...headers } = lab.anthropicHeaders;
    const ask = (more: Readonly<Record<string, string>>) =>
      lab.gateway.native(lab.plan.gateway, "anthropic/v1/models", { method: "GET", headers: { ...headers, ...more } });
    return conclude([
      refusal("no credential", await ask({})),
      refusal("an alias that does not exist", await ask({ "cf-aig-byok-alias": "verify-none" })),
      untold("2041", "it needs a spend limit that is used up, and nobody says when a cost is counted"),
    ]);
  },
};

function refusal(what: string, answer: RawAnswer): Check {
  if (answer.kind === "unreachable") return untold(what, answer.why);
  const { who, code, message } = whoAnswered(answer);
  const believed = "400 2040 Provider has no BYOK credential";
  if (who !== "gateway" || code === "2009") return untold(what, describeRaw(answer));
  const seen = quote(`${answer.status} ${code} ${message}`);
  return compare(what, believed, seen, `write ${seen} into local/ai-gateway/errors.ts`);
}
