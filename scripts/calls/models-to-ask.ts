/**
 * Which models a command asks if none is named: those that the stack's settings name, else two. The
 * newest that the stack's Vertex locations serve shows the failover, the newest of all shows what
 * clients will ask for next. Fable is asked only if it is named, because Google wants more consents
 * for it.
 */
import { isFable } from "../../infra/models/fable.ts";
import type { Settings } from "../../infra/settings/index.ts";
import { MODELS } from "../../worker/models.ts";
import type { Stack } from "../stack/stack.ts";
import { targetsOf } from "./targets.ts";

type Read = Pick<
  Settings,
  "models" | "modelGarden" | "vertexLocations" | "force" | "anthropicApiKey" | "chain" | "bedrock"
>;

/** @param named the values of `--model` */
export async function modelsToAsk(named: readonly string[], settings: Read, stack: Stack): Promise<string[]> {
  const wanted = [named, [...Object.keys(settings.models), ...(settings.modelGarden?.models ?? [])]];
  const [models] = wanted.filter(({ length }) => length > 0);
  return [...new Set(models ?? newestTwo(settings, await anthropicModels(settings, stack)))];
}

/** @param newestFirst ids of Anthropic's models */
export function newestTwo(
  settings: Omit<Read, "anthropicApiKey" | "modelGarden">,
  newestFirst: readonly string[],
): string[] {
  const newest = newestFirst.filter((model) => !isFable(model));
  const onVertex = newest.find((model) => targetsOf(model, settings).length > 1);
  return [onVertex, newest[0]].flatMap((model) => model ?? []);
}

/**
 * Anthropic lists its newest models first. If Anthropic does not answer, which is when a smoke test
 * matters most, the Worker's own table must do.
 */
async function anthropicModels({ anthropicApiKey }: Read, stack: Stack): Promise<string[]> {
  const answer = await stack.clouds.anthropic.models(anthropicApiKey);
  return answer.kind === "ok" && answer.value.length > 0 ? answer.value : MODELS.map(({ id }) => id);
}
