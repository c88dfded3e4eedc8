/** Does each model in use fail over in this stack, and until when is it served. */
import type { Settings } from "../../infra/settings/index.ts";
import { protectionOf } from "../models/protection.ts";
import { type Found, fine, lines, note, problem } from "./found.ts";
import type { InUse } from "./models-in-use.ts";
import type { Subject } from "./subject.ts";

const DAY_MS = 24 * 3_600_000;
const SOON_DAYS = 90;

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
  const ending = others.filter((model) => endsSoon(model, nowMs)).map(({ id }) => id);
  const said = [
    ...(alone.length > 0 ? [`${alone.length} of ${others.length} have no failover in this stack`] : []),
    ...(ending.length > 0 ? [`within ${SOON_DAYS} days end ${ending.join(", ")}`] : []),
  ];
  return said.length === 0 ? fine(`all ${others.length} fail over`) : note(said.join("; "), "npm run models");
}

function endsSoon({ lastDays }: Protections[number], nowMs: number): boolean {
  return Object.values(lastDays).some((day) => Date.parse(day) - nowMs <= SOON_DAYS * DAY_MS);
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
      if (!endsSoon(model, nowMs)) return fine(fails);
      const { anthropic, google } = lastDays;
      const ends = [anthropic && `Anthropic ends it on ${anthropic}`, google && `Google not before ${google}`];
      return note(`${fails}; ${ends.filter(Boolean).join(", ")}`, "npm run models");
    }
  }
}

function unprotected({ vertexId, otherLocations }: Protections[number], settings: Settings): Found {
  const { vertexLocations, allowedLocations } = settings;
  const [first] = otherLocations;
  if (vertexId === null || first === undefined) {
    return note("Google does not offer it, so only Anthropic can answer");
  }
  const allowed = otherLocations.find((location) => allowedLocations?.includes(location) ?? true);
  const text = `no location of this stack serves it (${vertexLocations.join(", ")}), so only Anthropic can answer`;
  const set = (key: string, value: readonly string[]) => `pulumi config set ${key} '${JSON.stringify(value)}'`;
  const add = set("vertexLocations", [...vertexLocations, allowed ?? first]);
  if (allowed !== undefined) return problem(text, add);
  const allow = set("allowedLocations", [...(allowedLocations ?? []), first]);
  return problem(text, `${allow} && ${add} (if data residency permits ${first})`);
}
