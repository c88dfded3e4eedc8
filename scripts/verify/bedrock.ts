/** Experiments with Amazon Bedrock, for a stack that uses it. */
import { findModel } from "../../worker/models.ts";
import type { GatewayStep } from "../clouds/gateway-calls.ts";
import type { RawAnswer } from "../clouds/raw-request.ts";
import { type Experiment, oneToken } from "./experiment.ts";
import { type Check, compare, conclude, describeRaw, untold } from "./finding.ts";
import { type Lab, QUESTION } from "./lab.ts";
import type { Plan } from "./plan.ts";
import { whoAnswered } from "./who-answered.ts";

const WHAT = "a step of Bedrock";

/** Point 41. */
export const bedrockStep: Experiment = {
  cost(plan) {
    const asked = bedrockOf(plan);
    return asked ? { requests: 2, calls: [oneToken(asked.id, `bedrock/${asked.region}`)] } : { requests: 0 };
  },
  async run(lab) {
    const asked = bedrockOf(lab.plan);
    if (!asked) return conclude([compare(WHAT, "not used by this stack", "not used by this stack", "")]);
    const { gateway } = lab.plan;
    const message = stepOf(lab, asked, "v1/messages", { max_tokens: 1 });
    const count = stepOf(lab, asked, "v1/messages/count_tokens", {});
    const { provider, endpoint, headers, query } = count;
    return conclude([
      reached(
        "through the Universal Endpoint",
        await lab.gateway.universal(gateway, [message]),
        "pulumi config set routing direct",
      ),
      reached(
        "counting tokens at the native endpoint",
        await lab.gateway.native(gateway, `${provider}/${endpoint}`, { headers, body: query }),
        "let worker/targets/chain.ts leave Bedrock out of token counts",
      ),
    ]);
  },
};

interface Asked {
  region: string;
  id: string;
  bedrockId: string;
  apiKey: string;
}

/** @returns the cheapest model, if Bedrock has it; undefined if the stack does not use Bedrock */
function bedrockOf({ settings: { bedrock, bedrockApiKey = "", models }, anthropicModel }: Plan): Asked | undefined {
  if (!bedrock) return undefined;
  const { bedrockId = "anthropic.claude-haiku-4-5" } = findModel(anthropicModel, models) ?? {};
  return { region: bedrock.region, id: anthropicModel, bedrockId, apiKey: bedrockApiKey };
}

function stepOf(lab: Lab, { region, bedrockId, apiKey }: Asked, path: string, more: object): GatewayStep {
  const { "anthropic-version": version } = lab.anthropicHeaders;
  return {
    provider: "aws-bedrock",
    endpoint: `bedrock-mantle/${region}/anthropic/${path}`,
    headers: {
      authorization: `Bearer ${apiKey}`,
      "anthropic-version": version,
      "content-type": "application/json",
    },
    query: JSON.stringify({ model: bedrockId, ...QUESTION, ...more }),
  };
}

/** The gateway has its own envelope, so any other answer is Bedrock's. */
function reached(what: string, answer: RawAnswer, consequence: string): Check {
  if (answer.kind === "unreachable") return untold(what, answer.why);
  if (answer.status === 200) return compare(what, "an answer", "an answer", "");
  const { who, code } = whoAnswered(answer);
  const isKey = (answer.status === 401 || answer.status === 403) && who !== "gateway";
  if (isKey || (who === "gateway" && code === "2009")) return untold(what, describeRaw(answer));
  return compare(what, "an answer", describeRaw(answer), consequence);
}
