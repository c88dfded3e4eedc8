/**
 * Whether a Vertex event stream passes the gateway while it is made. A stream that is held back
 * arrives all at once, so the time between its first and its last byte shows it.
 */
import type { RawAnswer } from "../clouds/raw-request.ts";
import type { Experiment } from "./experiment.ts";
import { type Check, compare, conclude, describeRaw, untold } from "./finding.ts";
import { type Lab, vertexBody } from "./lab.ts";
import { vertexModel } from "./plan.ts";

const MAX_TOKENS = 120;
/** Enough words that the model needs a while. */
const PROMPT = "Count from 1 to 40 in words, without anything else.";
/** A stream that takes less shows nothing. */
const MIN_SPREAD_MS = 40;

/** Point 6. */
export const streamThroughGateway: Experiment = {
  usesGoogle: true,
  cost(plan) {
    const found = vertexModel(plan);
    if (!found) return { requests: 0 };
    const call = {
      model: found.model.id,
      target: `vertex/${found.location}`,
      inputTokens: 30,
      outputTokens: MAX_TOKENS,
    };
    return { requests: 2, calls: [call, call] };
  },
  async run(lab) {
    return conclude([await streamed(lab)]);
  },
};

async function streamed(lab: Lab): Promise<Check> {
  const what = "a stream of Vertex";
  const found = vertexModel(lab.plan);
  if (!found) return untold(what, "no location of the stack serves a model");
  const { location, model } = found;
  const body = vertexBody(MAX_TOKENS, { stream: true, messages: [{ role: "user", content: PROMPT }] });
  const method = `${model.vertexId}:streamRawPredict`;
  const through = await lab.gateway.universal(lab.plan.gateway, [lab.vertexStep(location, method, body)]);
  const spreadMs = spreadOf(through);
  if (spreadMs === undefined) return untold(what, describeRaw(through));
  if (spreadMs >= MIN_SPREAD_MS) {
    return compare(what, "arrives in pieces", "arrives in pieces", "");
  }
  const direct = await lab.vertex(location, method, body);
  const directMs = spreadOf(direct);
  if (directMs === undefined) return untold(what, `without the gateway: ${describeRaw(direct)}`);
  if (directMs < MIN_SPREAD_MS) {
    return untold(what, `Vertex itself sent all of it within ${Math.round(directMs)} ms`);
  }
  const seen = `arrives within ${Math.round(spreadMs)} ms, and without the gateway within ${Math.round(directMs)} ms`;
  const consequence =
    "the gateway holds streams back: raise timeouts.firstEventMs, or set routing to bypass; " +
    "let relay in local/ai-gateway/providers.ts hold streams back";
  return compare(what, "arrives in pieces", seen, consequence);
}

/** Undefined: no whole stream. */
function spreadOf(answer: RawAnswer): number | undefined {
  if (answer.kind === "unreachable" || answer.status !== 200 || !answer.text.includes("message_stop")) return undefined;
  return answer.totalMs - answer.firstMs;
}
