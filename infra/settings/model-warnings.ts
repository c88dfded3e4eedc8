/**
 * Warnings about models: those without a failover, those that end soon, and what Fable needs. They
 * are about the models that the settings name, or else about those that the stack's locations
 * serve.
 */

import { FABLE_CONSENTS, isFable } from "../models/fable.ts";
import { currentModels, moreLocations, withoutFailover } from "../models/failover.ts";
import { endings, lastDaysOf, SOON_DAYS } from "../models/last-days.ts";
import { namedModels } from "../models/named.ts";
import type { Settings } from "./index.ts";

/** @param isNewChoice whether this run chooses the locations: the stack is new, or they change */
export function modelWarnings(settings: Settings, isNewChoice: boolean, nowMs = Date.now()): string[] {
  const named = namedModels(settings);
  return [
    ...noFailover(isNewChoice ? [...new Set([...named, ...currentModels(nowMs)])] : named, settings),
    ...endingSoon(named.length > 0 ? named : servedModels(settings, nowMs), nowMs),
    ...fable(named, settings),
  ];
}

function noFailover(ids: readonly string[], settings: Settings): string[] {
  const alone = withoutFailover(ids, settings);
  if (alone.length === 0) return [];
  const [them, their] = alone.length === 1 ? ["it", "its"] : ["them", "their"];
  const locations = settings.vertexLocations.join(", ");
  const more = moreLocations(alone, settings);
  const cure = more && ` If ${their} data may go to ${more.added.join(", ")}: ${more.command}`;
  return [`No failover for ${alone.join(", ")}: Vertex does not serve ${them} in ${locations}.${cure ?? ""}`];
}

function servedModels(settings: Settings, nowMs: number): string[] {
  const current = currentModels(nowMs);
  const alone = withoutFailover(current, settings);
  return current.filter((id) => !alone.includes(id));
}

function endingSoon(ids: readonly string[], nowMs: number): string[] {
  const ending = ids.flatMap((id) => {
    const text = endings(lastDaysOf(id), nowMs);
    return text === "" ? [] : [`${id} (${text})`];
  });
  if (ending.length === 0) return [];
  return [
    `Models that may end within ${SOON_DAYS} days: ${ending.join(", ")}. To see what serves each: npm run models`,
  ];
}

function fable(named: readonly string[], { modelGarden, vertexLocations }: Settings): string[] {
  const used = named.filter(isFable);
  if (used.length === 0) return [];
  const locations = vertexLocations.join(", ");
  const enabled = modelGarden?.models.some(isFable) ? " modelGarden cannot accept them." : "";
  return [
    `${used.join(", ")}: beyond Model Garden's terms, Claude Fable on Vertex needs ${FABLE_CONSENTS} ` +
      `(${locations}). Accept them in Model Garden yourself.${enabled}`,
  ];
}
