/** Experiments with bodies for Claude on Vertex AI: what is counted, and what is refused how. */
import { TAKEN_BETAS } from "../../worker/targets/vertex-capabilities.ts";
import type { RawAnswer } from "../clouds/raw-request.ts";
import { type Experiment, oneToken } from "./experiment.ts";
import { type Check, compare, conclude, describeRaw, quote, untold } from "./finding.ts";
import { type Lab, QUESTION, vertexBody } from "./lab.ts";
import { modelsAt, type Plan, type VertexModel, vertexModel } from "./plan.ts";
import { whoAnswered } from "./who-answered.ts";

const MULTI_REGIONS = ["us", "eu", "global"] as const;
/** Google documents that it counts tokens, for models of any location. */
const COUNTING_REGION = "us-east5";
const COUNT = "count-tokens:rawPredict";
const REFUSED_BETA = "web-search-2025-03-05";
const PADDED_MB = 31;

/** Point 10. */
export const countTokens: Experiment = {
  usesGoogle: true,
  cost: () => ({ requests: MULTI_REGIONS.length + TAKEN_BETAS.size + 2 }),
  async run(lab) {
    const model = vertexModel(lab.plan)?.model ?? modelsAt("global", lab.plan)[0];
    if (!model) return conclude([untold("counting", "no model is known on Vertex")]);
    const control = await count(lab, COUNTING_REGION, model.vertexId);
    if (control.kind === "unreachable" || control.status !== 200) {
      return conclude([untold("counting", `in ${COUNTING_REGION} Vertex answers ${describeRaw(control)}`)]);
    }
    const checks: Check[] = [];
    for (const location of MULTI_REGIONS) {
      const answer = await count(lab, location, model.vertexId);
      const seen = answer.kind === "answered" && [200, 404].includes(answer.status) ? String(answer.status) : undefined;
      const consequence = `${location} counts tokens: add it to COUNT_TOKENS in worker/endpoints.ts and COUNT_TOKENS_LOCATIONS in local/vertex/rules.ts`;
      checks.push(seen ? compare(location, "404", seen, consequence) : untold(location, describeRaw(answer)));
    }
    checks.push(await refusedBetas(lab, model), unknownModel(await count(lab, COUNTING_REGION, "claude-verify-none")));
    return conclude(checks);
  },
};

function count(lab: Lab, location: string, model: string, headers: Readonly<Record<string, string>> = {}) {
  return lab.vertex(location, COUNT, { anthropic_version: "vertex-2023-10-16", model, ...QUESTION }, headers);
}

async function refusedBetas(lab: Lab, { vertexId }: VertexModel): Promise<Check> {
  const refused: string[] = [];
  for (const beta of TAKEN_BETAS) {
    const answer = await count(lab, COUNTING_REGION, vertexId, { "anthropic-beta": beta });
    if (answer.kind === "answered" && answer.status === 400 && answer.text.includes(beta)) refused.push(beta);
    else if (answer.kind === "unreachable" || answer.status !== 200) {
      return untold("betas that counting refuses", `${beta}: ${describeRaw(answer)}`);
    }
  }
  const consequence =
    "set NOT_COUNTED_BETAS in worker/targets/vertex-capabilities.ts and BETAS in local/vertex/rules.ts";
  return compare("betas that counting refuses", REFUSED_BETA, refused.join(", ") || "none", consequence);
}

function unknownModel(answer: RawAnswer): Check {
  const what = "counting for an unknown model";
  if (answer.kind === "unreachable") return untold(what, answer.why);
  const { who } = whoAnswered(answer);
  const seen = `${answer.status} of ${who}`;
  return compare(what, "404 of anthropic", seen, `answer ${seen} in answerCount of local/vertex/api.ts`);
}

/** Point 11. What is refused costs nothing; what is accepted costs a token. */
const UNEXPECTED_TAG = (tag: string) => `Input tag '${tag}' found using 'type' does not match any of the expected tags`;
const CONTENT = (block: object) => ({ messages: [{ role: "user", content: [block, { type: "text", text: "Hi" }] }] });
const REFUSED: readonly { what: string; body: object; text: string }[] = [
  {
    what: "a URL source",
    body: CONTENT({ type: "image", source: { type: "url", url: "https://www.example.com/one.png" } }),
    text: UNEXPECTED_TAG("url"),
  },
  {
    what: "a file source",
    body: CONTENT({ type: "document", source: { type: "file", file_id: "file_verify" } }),
    text: UNEXPECTED_TAG("file"),
  },
  {
    what: "code execution",
    body: { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
    text: UNEXPECTED_TAG("code_execution_20250825"),
  },
  {
    what: "web fetch",
    body: { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] },
    text: UNEXPECTED_TAG("web_fetch_20250910"),
  },
  { what: "service_tier", body: { service_tier: "auto" }, text: "service_tier: Extra inputs are not permitted" },
  {
    what: "fallback_credit_token",
    body: { fallback_credit_token: "verify" },
    text: "fallback_credit_token: Extra inputs are not permitted",
  },
];
export const refusedParts: Experiment = {
  usesGoogle: true,
  cost(plan) {
    const found = vertexModel(plan);
    const calls = found ? REFUSED.map(() => oneToken(found.model.id, `vertex/${found.location}`)) : [];
    return { requests: calls.length, calls };
  },
  async run(lab) {
    const found = vertexModel(lab.plan);
    if (!found) return conclude([untold("any part", "no location of the stack serves a model")]);
    const checks: Check[] = [];
    for (const { what, body, text } of REFUSED) {
      const answer = await lab.vertex(found.location, `${found.model.vertexId}:rawPredict`, vertexBody(1, body));
      checks.push(refusedPart(what, text, answer));
    }
    return conclude(checks);
  },
};

function refusedPart(what: string, text: string, answer: RawAnswer): Check {
  if (answer.kind === "unreachable" || ![200, 400].includes(answer.status)) return untold(what, describeRaw(answer));
  if (answer.status === 200) {
    const consequence = `Vertex accepts ${what}: allow it in worker/targets/vertex-capabilities.ts and local/vertex/rules.ts`;
    return compare(what, "refused", "accepted", consequence);
  }
  const { message } = whoAnswered(answer);
  const believed = `refused with ${text}`;
  const seen = message.includes(text) ? believed : `refused with ${quote(message)}`;
  return compare(what, believed, seen, `write the text for ${what} into local/vertex/rules.ts`);
}

/** Point 12: models up to 4.5, whose Vertex ids carry a date. */
export const outputConfig: Experiment = {
  usesGoogle: true,
  cost(plan) {
    const calls = datedModels(plan).map(({ model, location }) => oneToken(model.id, `vertex/${location}`));
    return { requests: calls.length, calls };
  },
  async run(lab) {
    const dated = datedModels(lab.plan);
    if (dated.length === 0) return conclude([untold("a model up to 4.5", "no location of the stack serves one")]);
    const checks: Check[] = [];
    for (const { model, location } of dated) {
      const body = vertexBody(1, { output_config: { effort: "low" } });
      const answer = await lab.vertex(location, `${model.vertexId}:rawPredict`, body);
      const isToldApart = answer.kind === "answered" && [200, 400].includes(answer.status);
      if (!isToldApart || (answer.status === 400 && !answer.text.includes("output_config"))) {
        checks.push(untold(model.id, describeRaw(answer)));
        continue;
      }
      const seen = answer.status === 200 ? "accepts it" : "refuses it";
      const consequence = `let hasOutputConfig in local/vertex/rules.ts accept it for ${model.id}`;
      checks.push(compare(model.id, "refuses it", seen, consequence));
    }
    return conclude(checks);
  },
};

function datedModels(plan: Plan): { model: VertexModel; location: string }[] {
  const found = plan.settings.vertexLocations.flatMap((location) =>
    modelsAt(location, plan)
      .filter(({ vertexId }) => vertexId.includes("@"))
      .map((model) => [model.id, { model, location }] as const),
  );
  return [...new Map(found.toReversed()).values()];
}

/** Point 13. The blanks of the body count for its size, and for nothing else. */
export const tooLargeBody: Experiment = {
  usesGoogle: true,
  cost(plan) {
    const found = vertexModel(plan);
    const calls = found ? [oneToken(found.model.id, `vertex/${found.location}`)] : [];
    return { requests: calls.length, calls, ...(found ? { sends: { what: "a padded body", mb: PADDED_MB } } : {}) };
  },
  async run(lab) {
    const what = `a body of ${PADDED_MB} MB`;
    const found = vertexModel(lab.plan);
    if (!found) return conclude([untold(what, "no location of the stack serves a model")]);
    const body = `{${" ".repeat(PADDED_MB * 1024 * 1024)}${JSON.stringify(vertexBody(1)).slice(1)}`;
    const answer = await lab.vertex(found.location, `${found.model.vertexId}:rawPredict`, body);
    if (answer.kind === "unreachable" || [401, 403, 404, 429].includes(answer.status)) {
      return conclude([untold(what, describeRaw(answer))]);
    }
    const seen = answer.status === 200 ? "accepted" : `${answer.status} of ${whoAnswered(answer).who}`;
    const consequence =
      answer.status === 200
        ? "raise MAX_VERTEX_BODY_BYTES in worker/targets/vertex-capabilities.ts and MAX_BODY_BYTES in local/vertex/api.ts"
        : `answer ${seen} to a large body in local/vertex/api.ts`;
    return conclude([compare(what, "413 of anthropic", seen, consequence)]);
  },
};
