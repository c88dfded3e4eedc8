/**
 * Experiments with the Universal Endpoint: what leads to the next step, and what is forwarded. Most
 * of them count tokens, which costs nothing.
 */
import type { RawAnswer, RawAnswered } from "../clouds/raw-request.ts";
import { type Cost, type Experiment, oneToken } from "./experiment.ts";
import { type Check, compare, conclude, describeRaw, untold } from "./finding.ts";
import { type Lab, QUESTION, vertexBody } from "./lab.ts";
import { PADDED_MB, PADDED_QUERY, paddedProbe } from "./padded-probe.ts";
import { modelsAt, type Plan } from "./plan.ts";
import { isWithinOneMillisecond, ONE_MILLISECOND } from "./time-limit.ts";
import { whoAnswered } from "./who-answered.ts";

const NO_SUCH_MODEL = "claude-verify-no-such-model";
const DIRECT = "pulumi config set routing direct && pulumi up, so that the Worker walks the chain itself";

/** Steps that Anthropic refuses for free. */
const REFUSED_STEPS: readonly { status: number; step: (lab: Lab) => ReturnType<Lab["countStep"]> }[] = [
  {
    status: 400,
    step: (lab) => lab.countStep({ query: JSON.stringify({ model: lab.plan.anthropicModel }) }),
  },
  { status: 401, step: (lab) => lab.countStep({ headers: { "x-api-key": "sk-ant-verify-wrong-key" } }) },
  {
    status: 404,
    step: (lab) => lab.countStep({ query: JSON.stringify({ model: NO_SUCH_MODEL, ...QUESTION }) }),
  },
];

/** Point 1. */
export const fallThrough: Experiment = {
  cost: () => ({ requests: 9, sends: PADDED_QUERY }),
  async run(lab) {
    const checks: Check[] = [];
    for (const { status, step } of REFUSED_STEPS) {
      const what = String(status);
      const refused = step(lab);
      const { endpoint, headers, query } = refused;
      const direct = await lab.anthropic(endpoint, { headers, body: query });
      if (direct.kind === "unreachable" || direct.status !== status) {
        checks.push(untold(what, `Anthropic itself answered ${describeRaw(direct)}`));
        continue;
      }
      const answer = await lab.gateway.universal(lab.plan.gateway, [refused, lab.countStep()]);
      checks.push(nextStep(what, answer));
    }
    checks.push(await tooLarge(lab), await everyStepFails(lab));
    checks.push(untold("402, 403, 429, 5xx and 529", "nobody can provoke them on purpose"));
    return conclude(checks);
  },
};

function nextStep(what: string, answer: RawAnswer): Check {
  const step = answer.kind === "answered" ? answer.headers.get("cf-aig-step") : null;
  const believed = "the next step answers";
  if (answer.kind === "answered" && step === "1" && answer.status === 200) {
    return compare(what, believed, believed, "");
  }
  if (step !== "0") return untold(what, describeRaw(answer));
  return compare(what, believed, "the gateway returns it", `the gateway does not fail over on a ${what}: ${DIRECT}`);
}

async function tooLarge(lab: Lab): Promise<Check> {
  const probe = await paddedProbe(lab);
  const believed = "the next step answers";
  switch (probe.kind) {
    case "next step":
      return compare("413", believed, believed, "");
    case "returned":
      return compare("413", believed, "the gateway returns it", `the gateway does not fail over on a 413: ${DIRECT}`);
    case "reprinted":
      return untold("413", "the gateway removed the blanks that make the body too large: see point 2");
    case "unknown":
      return untold("413", probe.why);
  }
}

async function everyStepFails(lab: Lab): Promise<Check> {
  const what = "all steps fail, the last with 401";
  const [first, last] = [REFUSED_STEPS[0]?.step(lab), REFUSED_STEPS[1]?.step(lab)];
  if (!first || !last) return untold(what, "no steps");
  const answer = await lab.gateway.universal(lab.plan.gateway, [first, last]);
  if (answer.kind === "unreachable") return untold(what, answer.why);
  const { who, code } = whoAnswered(answer);
  const seen = `${answer.status} of ${who}, step ${answer.headers.get("cf-aig-step") ?? "not named"}`;
  const rule = `in local/ai-gateway/universal.ts answer ${answer.status}${code ? ` ${code}` : ""} when every step fails`;
  return compare(what, "401 of anthropic, step 1", seen, `${rule}; ${DIRECT}`);
}

/** Point 2. */
export const bytesOfQuery: Experiment = {
  cost: () => ({ requests: 2, sends: PADDED_QUERY }),
  async run(lab) {
    const what = `a query of ${PADDED_MB} MB, nearly all blanks`;
    const believed = "Anthropic gets all of them";
    const probe = await paddedProbe(lab);
    switch (probe.kind) {
      case "next step":
      case "returned":
        return conclude([compare(what, believed, believed, "")]);
      case "reprinted": {
        const consequence =
          `the gateway prints queries again, so bytes change: ${DIRECT}; ` +
          "set reprintsQueries to true in local/state/ai-gateway.ts";
        return conclude([compare(what, believed, "Anthropic gets none of them", consequence)]);
      }
      case "unknown":
        return conclude([untold(what, probe.why)]);
    }
  },
};

/** Point 3. */
const LIMIT_TRIES = 3;
export const stepTimeout: Experiment = {
  cost: () => ({ requests: LIMIT_TRIES }),
  async run(lab) {
    const what = "a step with a limit of 1 ms";
    const believed = "the next step answers";
    const answer = await sendWithLimit(lab);
    if (answer.kind === "unreachable") return conclude([untold(what, answer.why)]);
    const step = answer.headers.get("cf-aig-step");
    if (answer.status === 200 && step === "1") return conclude([compare(what, believed, believed, "")]);
    if (isWithinOneMillisecond(answer)) return conclude([untold(what, "the provider answered within 1 ms")]);
    const ownCode = whoAnswered(answer).who === "gateway" ? whoAnswered(answer).code : undefined;
    if (answer.status !== 200 && ownCode !== "2005") return conclude([untold(what, describeRaw(answer))]);
    const seen = answer.status === 200 ? "the step answers: the limit is not heeded" : "2005 ends the chain";
    const rule = "let local/ai-gateway/universal.ts do the same";
    return conclude([compare(what, believed, seen, `a silent provider holds up the chain: ${DIRECT}; ${rule}`)]);
  },
};

/** A limit that does not pass once may have been met by chance, so it is tried again. */
async function sendWithLimit(lab: Lab): Promise<RawAnswer> {
  const steps = [lab.countStep({ headers: ONE_MILLISECOND }), lab.countStep()];
  for (let tries = 1; ; tries++) {
    const answer = await lab.gateway.universal(lab.plan.gateway, steps);
    const isFirst = answer.kind === "answered" && answer.headers.get("cf-aig-step") === "0";
    if (!isFirst || tries === LIMIT_TRIES) return answer;
  }
}

/** Point 4. */
const MULTI_REGIONS = ["us", "eu", "global"] as const;
export const multiRegions: Experiment = {
  usesGoogle: true,
  cost: (plan) => callsIn(MULTI_REGIONS, plan),
  async run(lab) {
    const checks: Check[] = [];
    for (const location of MULTI_REGIONS) checks.push(await reaches(lab, location));
    return conclude(checks);
  },
};

async function reaches(lab: Lab, location: string): Promise<Check> {
  const [model] = modelsAt(location, lab.plan);
  if (!model) return untold(location, "no model is known there");
  const method = `${model.vertexId}:rawPredict`;
  const answer = await lab.gateway.universal(lab.plan.gateway, [lab.vertexStep(location, method, vertexBody(1))]);
  if (isFrom(location, answer)) return compare(location, "reached", "reached", "");
  const direct = await lab.vertex(location, method, vertexBody(1));
  const seen = describeRaw(answer);
  if (!isFrom(location, direct)) return untold(location, `${seen}; without the gateway ${describeRaw(direct)}`);
  const consequence =
    `the gateway does not reach locations/${location}: leave ${location} out of vertexLocations, or set routing to bypass; ` +
    "take it out of vertexHost for the gateway in local/ai-gateway/providers.ts";
  return compare(location, "reached", seen, consequence);
}

/** A model's answer, or a refusal that names the location. */
function isFrom(location: string, answer: RawAnswer): answer is RawAnswered {
  if (answer.kind === "unreachable") return false;
  const { who, message } = whoAnswered(answer);
  return (
    answer.status === 200 || who === "anthropic" || (who === "google" && message.includes(`locations/${location}/`))
  );
}

function callsIn(locations: readonly string[], plan: Plan): Cost {
  const calls = locations.flatMap((location) => {
    const [model] = modelsAt(location, plan);
    return model ? [oneToken(model.id, `vertex/${location}`)] : [];
  });
  return { requests: calls.length * 2, calls: [...calls, ...calls] };
}
