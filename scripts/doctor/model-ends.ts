/** Does each model in use fail over in this stack, and until when is it served. */
import { moreLocations } from "../../infra/models/failover.ts";
import { endings, endsSoon, SOON_DAYS } from "../../infra/models/last-days.ts";
import type { Settings } from "../../infra/settings/index.ts";
import { protectionOf } from "../models/protection.ts";
import { type Found, fine, lines, note, problem } from "./found.ts";
import type { InUse } from "./models-in-use.ts";
import type { Subject } from "./subject.ts";

type Protections = ReturnType<typeof protectionOf>;

export function modelEnds({ models }: InUse, { settings }: Subject, nowMs = Date.now()): Found<undefined> {
  const table = protectionOf(settings, nowMs);
  const others = table.filter(({ id, protection }) => !models.includes(id) && protection !== "not served");
  return lines([
    ...models.map((id) => [id, oneModel(table, id, settings, nowMs)] as const),
    ["the other models", otherModels(others, nowMs)],
  ]);
}

/** Nobody uses them, so nothing about them is a problem. */
function otherModels(others: Protections, nowMs: number): Found {
  const alone = others.filter(({ protection, vertexId }) => protection === "none" && vertexId !== null);
  const ending = others.filter(({ lastDays }) => endsSoon(lastDays, nowMs)).map(({ id }) => id);
  const said = [
    ...(alone.length > 0 ? [`${alone.length} of ${others.length} have no failover in this stack`] : []),
    ...(ending.length > 0 ? [`within ${SOON_DAYS} days end ${ending.join(", ")}`] : []),
  ];
  return said.length === 0 ? fine(`all ${others.length} fail over`) : note(said.join("; "), "npm run models");
}

function oneModel(table: Protections, id: string, settings: Settings, nowMs: number): Found {
  const model = table.find((one) => one.id === id);
  if (!model) {
    const known = { ...settings.models, [id]: { vertexId: "VERTEX_ID", locations: settings.vertexLocations } };
    const cure = `pulumi config set models '${JSON.stringify(known)}', if Vertex serves it`;
    return problem("the Worker does not know it, so only Anthropic can answer", cure);
  }
  const { protection, locations, lastDays } = model;
  switch (protection) {
    case "none":
      return unprotected(model, settings);
    case "not served":
      return problem("neither Anthropic nor this stack's locations serve it any more", "npm run models");
    case "vertex only":
      return problem("Anthropic has retired it, so only Vertex can answer", "move its clients: npm run models");
    case "failover": {
      const fails = `fails over in ${locations.join(", ")}`;
      if (!endsSoon(lastDays, nowMs)) return fine(fails);
      return note(`${fails}; ${endings(lastDays, nowMs)}`, "npm run models");
    }
  }
}

function unprotected({ id, vertexId }: Protections[number], settings: Settings): Found {
  const more = vertexId === null ? undefined : moreLocations([id], settings);
  if (more === undefined) return note("Google does not offer it, so only Anthropic can answer");
  const locations = settings.vertexLocations.join(", ");
  const residency = more.forbidden.length > 0 ? ` (if data residency permits ${more.forbidden.join(", ")})` : "";
  return problem(
    `no location of this stack serves it (${locations}), so only Anthropic can answer`,
    more.command + residency,
  );
}
