/** Which models a stack's settings name, because somebody wants to use them. */
import { findModel, MODELS } from "../../worker/models.ts";
import type { Settings } from "../settings/index.ts";

/** @returns Anthropic's ids; a name that the table does not know stays as it is */
export function namedModels({
  models,
  modelGarden,
  spendLimits,
}: Pick<Settings, "models" | "modelGarden" | "spendLimits">): string[] {
  const names = [
    ...Object.keys(models),
    ...(modelGarden?.models ?? []),
    ...spendLimits.flatMap(({ models: limited = [] }) => limited),
  ];
  return [...new Set(names.map((name) => anthropicId(name, models)))];
}

/** @param name Anthropic's id, one of its aliases, or Vertex's id */
function anthropicId(name: string, overrides: Settings["models"]): string {
  return findModel(name, overrides)?.id ?? MODELS.find(({ vertexId }) => vertexId === name)?.id ?? name;
}
