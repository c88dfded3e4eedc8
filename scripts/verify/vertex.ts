/** Experiments with Claude on Vertex AI: models, locations, versions and identities. */

import { targetsOf } from "../calls/targets.ts";
import { ask } from "../clouds/worker.ts";
import { type Experiment, oneToken } from "./experiment.ts";
import { type Check, compare, conclude, describeRaw, untold } from "./finding.ts";
import { type Lab, vertexBody } from "./lab.ts";
import { modelsAt, type Plan, type VertexModel } from "./plan.ts";
import { whoAnswered } from "./who-answered.ts";

const NEW_VERSION = "2026-10-21";
const REGION = "us-east5";
/** Serves every model that the region does not. */
const CONTROL = "global";
const WORKER_TIMEOUT_MS = 60_000;

/** A model once, in the stack's first location that serves it. */
function servedModels(plan: Plan): { model: VertexModel; location: string }[] {
  const served = plan.settings.vertexLocations.flatMap((location) =>
    modelsAt(location, plan).map((model) => [model.id, { model, location }] as const),
  );
  return [...new Map(served.toReversed()).values()];
}

function oneTokenEach(served: readonly { model: VertexModel; location: string }[]) {
  return served.map(({ model, location }) => oneToken(model.id, `vertex/${location}`));
}

/** Point 5. */
export const newVersion: Experiment = {
  usesGoogle: true,
  cost(plan) {
    const calls = oneTokenEach(servedModels(plan));
    return { requests: calls.length, calls };
  },
  async run(lab) {
    const served = servedModels(lab.plan);
    if (served.length === 0) return conclude([untold("any model", "no location of the stack serves one")]);
    const checks: Check[] = [];
    for (const { model, location } of served) {
      const body = vertexBody(1, { anthropic_version: NEW_VERSION });
      const answer = await lab.vertex(location, `${model.vertexId}:rawPredict`, body);
      const isRefused =
        answer.kind === "answered" &&
        answer.status === 400 &&
        whoAnswered(answer).message.includes("anthropic_version");
      if (answer.kind === "answered" && answer.status === 200)
        checks.push(compare(model.id, "accepted", "accepted", ""));
      else if (!isRefused) checks.push(untold(model.id, describeRaw(answer)));
      else {
        const consequence = `take ${NEW_VERSION} out of VERSIONS in worker/targets/vertex-capabilities.ts and local/vertex/rules.ts, for these models`;
        checks.push(compare(model.id, "accepted", describeRaw(answer), consequence));
      }
    }
    return conclude(checks);
  },
};

/** Point 9. */
function onlyElsewhere(plan: Plan): VertexModel | undefined {
  return modelsAt(CONTROL, plan).find(({ locations }) => !locations.includes(REGION));
}
export const undocumentedRegion: Experiment = {
  usesGoogle: true,
  cost(plan) {
    const model = onlyElsewhere(plan);
    const calls = model ? [oneToken(model.id, `vertex/${CONTROL}`), oneToken(model.id, `vertex/${REGION}`)] : [];
    return { requests: calls.length, calls };
  },
  async run(lab) {
    const model = onlyElsewhere(lab.plan);
    if (!model) return conclude([untold(REGION, "every model that is known is documented there")]);
    const what = `${model.id} in ${REGION}`;
    const method = `${model.vertexId}:rawPredict`;
    const control = await lab.vertex(CONTROL, method, vertexBody(1));
    if (control.kind === "unreachable" || control.status !== 200) {
      return conclude([untold(what, `in ${CONTROL} it answers ${describeRaw(control)}`)]);
    }
    const answer = await lab.vertex(REGION, method, vertexBody(1));
    if (answer.kind === "unreachable") return conclude([untold(what, answer.why)]);
    if (answer.status !== 404 && answer.status !== 200) return conclude([untold(what, describeRaw(answer))]);
    const override = { [model.id]: { vertexId: model.vertexId, locations: [REGION, ...model.locations] } };
    const consequence =
      `pulumi config set models '${JSON.stringify(override)}' && pulumi up; ` +
      "add the location in worker/models.ts and local/claude/models.ts";
    return conclude([compare(what, "404", String(answer.status), consequence)]);
  },
};

/** Point 18. */
export const federatedToken: Experiment = {
  cost(plan) {
    if (!isFederated(plan)) return { requests: 0 };
    const calls = plan.settings.vertexLocations.flatMap((location) => {
      const [model] = modelsAt(location, plan);
      return model ? [oneToken(model.id, `vertex/${location}`)] : [];
    });
    return { requests: calls.length, calls };
  },
  async run(lab) {
    const what = "a federated token";
    if (!isFederated(lab.plan)) {
      return conclude([untold(what, "this stack's Worker uses none: it needs googleAuth workloadIdentity")]);
    }
    const checks: Check[] = [];
    for (const location of lab.plan.settings.vertexLocations) checks.push(await asWorker(lab, location));
    return conclude(checks);
  },
};

function isFederated({ settings: { googleAuth, googleImpersonation } }: Plan): boolean {
  return googleAuth === "workloadIdentity" && !googleImpersonation;
}

/** The Worker has the federated token. A drill of all other targets makes it use the token there. */
async function asWorker({ worker, plan, signal }: Lab, location: string): Promise<Check> {
  const [model] = modelsAt(location, plan);
  if (!model) return untold(location, "no model is known there");
  if (worker.kind === "unknown") return untold(location, worker.why);
  const target = `vertex/${location}`;
  const { url, operatorToken: token } = worker;
  if (token === undefined) return untold(location, "no client of the stack is an operator");
  const drill = targetsOf(model.id, plan.settings).filter((other) => other !== target);
  const question = {
    model: model.id,
    stream: false,
    token,
    maxTokens: 1,
    text: "Hi",
    drill,
    timeoutMs: WORKER_TIMEOUT_MS,
  };
  const answer = await ask(url, question, signal);
  if (answer.kind === "unreachable") return untold(location, answer.why);
  if (answer.isComplete && answer.target === target) return compare(location, "accepted", "accepted", "");
  // A target that is not the last one may be hidden first, and then be asked alone.
  const result = answer.attempts.findLast((attempt) => attempt.target === target)?.result;
  if (result !== "401" && result !== "403") {
    return untold(location, answer.error ?? `${target} answered ${result ?? "nothing"}`);
  }
  const consequence =
    "pulumi config set googleImpersonation true && pulumi up; let local/vertex/api.ts refuse it there";
  return compare(location, "accepted", `refused with ${result}`, consequence);
}
