/**
 * Which calls a smoke test makes. Each model is asked once as JSON and once as a stream. Then each
 * target has to answer alone, because all the others are drilled.
 */
import type { Settings } from "../../infra/settings/index.ts";
import { hasEndedAtAnthropic, targetsOf } from "../calls/targets.ts";

export interface PlannedCall {
  model: string;
  kind: "json" | "stream" | "drill";
  /** Targets that must fail. */
  drilled: readonly string[];
  /** Who has to answer; undefined: anybody. */
  expected: string | undefined;
  /** Who is likely to answer, for the estimate. */
  likely: string;
}

/** @param nowMs milliseconds since the epoch */
export function planCalls(
  models: readonly string[],
  settings: Pick<Settings, "models" | "vertexLocations" | "force" | "chain" | "bedrock">,
  nowMs: number,
): PlannedCall[] {
  return models.flatMap((model) => {
    const targets = targetsOf(model, settings);
    const serving = targets.filter((target) => target !== "anthropic" || !hasEndedAtAnthropic(model, settings, nowMs));
    const likely = serving[0] ?? "anthropic";
    const plain = { model, drilled: [], expected: undefined, likely };
    const drills = serving.map((target) => ({
      model,
      kind: "drill" as const,
      drilled: targets.filter((other) => other !== target),
      expected: target,
      likely: target,
    }));
    return [
      { ...plain, kind: "json" as const },
      { ...plain, kind: "stream" as const },
      // Where there is one target only, both plain calls have shown that it serves.
      ...(targets.length > 1 ? drills : []),
    ];
  });
}

/** Models that no drill can fail over, because only one target serves them. */
export function unprotected(models: readonly string[], settings: Parameters<typeof targetsOf>[1]): string[] {
  return models.filter((model) => targetsOf(model, settings).length === 1);
}
