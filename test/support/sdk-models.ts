/**
 * What @anthropic-ai/sdk knows of models, and what of it the Worker's table lacks. The SDK is
 * raised often and its lists are generated, so it is the first to know of a new model or of an end.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findModel, MODELS } from "../../worker/models.ts";

export const MODEL_TYPE = "resources/messages/messages.d.ts";
export const DEPRECATED = "internal/data/deprecated-models.js";

export interface SdkModels {
  /** The names of the type `Model`. */
  names: readonly string[];
  /** Last days as YYYY-MM-DD, by name. */
  deprecated: Readonly<Record<string, string>>;
}

/** @param folder of the package @throws if the SDK keeps its lists elsewhere */
export function readSdkModels(folder: string): SdkModels {
  const [, union = ""] = /^export type Model =([^;]*);/m.exec(read(folder, MODEL_TYPE)) ?? [];
  const names = [...union.matchAll(/['"](claude-[^'"]+)['"]/g)].flatMap(([, name]) => name ?? []);
  const [, list = ""] = /DEPRECATED_MODELS = \{([^}]*)\}/.exec(read(folder, DEPRECATED)) ?? [];
  const entries = [...list.matchAll(/['"](claude-[^'"]+)['"]: *['"]([^'"]+)['"]/g)];
  if (names.length === 0) throw new Error(`${MODEL_TYPE} of the SDK has no type Model with names`);
  if (entries.length === 0) throw new Error(`${DEPRECATED} of the SDK has no models`);
  return { names, deprecated: Object.fromEntries(entries.map(([, name = "", day = ""]) => [name, isoDay(day)])) };
}

/** @returns one line for each difference */
export function differencesFromSdk({ names, deprecated }: SdkModels): string[] {
  return [
    ...names.filter((name) => !findModel(name, {})).map((name) => `${name}: not in worker/models.ts`),
    ...Object.entries(deprecated).flatMap(([name, day]) => {
      const ends = findModel(name, {})?.anthropicEnds;
      return ends === day ? [] : [`${name}: ends on ${day}, in worker/models.ts ${ends ?? "never"}`];
    }),
    ...MODELS.filter(({ id, anthropicEnds }) => anthropicEnds === undefined && !names.includes(id)).map(
      ({ id }) => `${id}: no longer in the SDK, and without a last day in worker/models.ts`,
    ),
  ];
}

function read(folder: string, path: string): string {
  return readFileSync(join(folder, path), "utf8");
}

/** @param text such as `November 30th, 2026` */
function isoDay(text: string): string {
  return new Date(`${text.replace(/(\d)(st|nd|rd|th)\b/, "$1")} UTC`).toISOString().slice(0, 10);
}
