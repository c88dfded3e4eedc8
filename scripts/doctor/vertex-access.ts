/**
 * Whether Vertex answers: a call of one token to each model in use, in each location, with your own
 * login. Nothing else shows that the terms were accepted in Model Garden. Whether the Worker may
 * call is a check of its grant.
 */
import { z } from "zod";
import { isFable } from "../../infra/models/fable.ts";
import { vertexHost } from "../../worker/targets/vertex-host.ts";
import { describeRefusal, type Refusal } from "../clouds/api-client.ts";
import type { GoogleApi } from "../clouds/google.ts";
import { type Found, fine, lines, note, problem, skipped, unanswered, unknown } from "./found.ts";
import type { InUse } from "./models-in-use.ts";
import type { Subject } from "./subject.ts";

const MESSAGE = z.object({ type: z.literal("message") });
const QUESTION = {
  anthropic_version: "vertex-2023-10-16",
  max_tokens: 1,
  messages: [{ role: "user", content: "Hi" }],
};

type Served = InUse["served"][number];

export async function modelAccess(
  api: GoogleApi,
  { settings: { googleProject } }: Subject,
  { served, apis, mayPredict }: { served: readonly Served[]; apis: ReadonlySet<string>; mayPredict: boolean },
): Promise<Found<undefined>> {
  if (!apis.has("aiplatform")) return skipped("pulumi up enables the API first");
  if (!mayPredict) return skipped("your login may not call models; npm run smoke asks as the Worker");
  const found = await Promise.all(
    served.map(async (one) => [`${one.model} in ${one.location}`, await call(api, googleProject, one)] as const),
  );
  return found.length === 0 ? fine("no model to call") : lines(found);
}

async function call(api: GoogleApi, project: string, { model, vertexId, location }: Served): Promise<Found> {
  const path = `v1/projects/${project}/locations/${location}/publishers/anthropic/models/${vertexId}:rawPredict`;
  const answer = await api.send("post", vertexHost(location), path, MESSAGE, QUESTION);
  if (answer.kind === "ok") return fine("answers");
  if (answer.kind === "unreachable") return unanswered(answer);
  return refused(answer, { model, vertexId, project });
}

function refused(answer: Refusal, { model, vertexId, project }: { model: string; vertexId: string; project: string }) {
  const garden = modelGarden(vertexId, project);
  const { status, message } = answer;
  const isPolicy = /disallowed Gen AI model|allowedModels/i.test(message);
  if (isPolicy) return problem(`the organisation forbids it: ${message}`, "docs/security.md, vertexai.allowedModels");
  switch (status) {
    case 404:
      return problem(
        isFable(model)
          ? "not enabled: Fable needs Model Garden's terms, the safety addendum and data sharing in each location"
          : "not enabled in Model Garden, or not served in this location",
        `${garden}: accept the terms`,
      );
    case 403:
      return isFable(model)
        ? problem(`refused: ${message}`, `${garden}: accept all consents`)
        : unknown(describeRefusal(answer), garden);
    case 400:
      return isFable(model)
        ? problem(`refused: ${message}`, `${garden}: accept all consents`)
        : unknown(describeRefusal(answer));
    case 429:
      return note("busy: 429, although there is a quota; failover still tries it");
    default:
      return unknown(describeRefusal(answer));
  }
}

/** Fable on Vertex needs more than Model Garden's terms (infra/models/fable.ts). */
export function fableConsents(
  { served }: InUse,
  { settings: { googleProject } }: Subject,
  isCalled: boolean,
): Found<undefined> {
  const used = served.filter(({ model }) => isFable(model));
  if (used.length === 0) return fine("not needed: no Fable model is in use at Vertex");
  if (isCalled) return fine("shown by the calls above");
  const pages = [...new Set(used.map(({ vertexId }) => modelGarden(vertexId, googleProject)))];
  const locations = [...new Set(used.map(({ location }) => location))].join(", ");
  return note(
    `no API shows them: the safety addendum, and data sharing with Anthropic in ${locations}`,
    `${pages.join(" ")}, or let a call show it: leave out --no-calls`,
  );
}

function modelGarden(vertexId: string, project: string): string {
  const page = vertexId.replace(/@.*$/, "");
  return `https://console.cloud.google.com/vertex-ai/publishers/anthropic/model-garden/${page}?project=${project}`;
}
