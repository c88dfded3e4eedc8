/**
 * Which models a command asks if none is named: those that the stack's settings name, else two. The
 * newest that the stack's Vertex locations serve shows the failover, the newest of all shows what
 * clients will ask for next.
 */
import type { Settings } from "../../infra/settings/index.ts";
import { MODELS } from "../../worker/models.ts";
import type { Stack } from "../stack/stack.ts";
import { targetsOf } from "./targets.ts";

/**
 * @param named the values of `--model`
 * @param newestFirst ids of Anthropic's models
 */
export function chooseModels(
  named: readonly string[],
  settings: Pick<Settings, "models" | "modelGarden" | "vertexLocations" | "force">,
  newestFirst: readonly string[],
): string[] {
  if (named.length > 0) return [...new Set(named)];
  const configured = [...Object.keys(settings.models), ...(settings.modelGarden?.models ?? [])];
  if (configured.length > 0) return [...new Set(configured)];
  const newest = newestFirst[0];
  const onVertex = newestFirst.find((model) => targetsOf(model, settings).length > 1);
  return [...new Set([onVertex, newest].flatMap((model) => model ?? []))];
}

/**
 * Anthropic lists its newest models first. If Anthropic does not answer, which is when a smoke test
 * matters most, the Worker's own table must do.
 */
export async function anthropicModels(stack: Stack, settings: Pick<Settings, "anthropicApiKey">): Promise<string[]> {
  const answer = await stack.clouds.anthropic.models(settings.anthropicApiKey);
  return answer.kind === "ok" && answer.value.length > 0 ? answer.value : MODELS.map(({ id }) => id);
}
