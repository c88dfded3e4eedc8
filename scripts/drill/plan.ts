/**
 * Which targets a drill makes fail, and who then has to answer. A target is only asked after those in
 * front of it have failed, so they are drilled too. A drill without a second target is refused
 * before the first call.
 */
import { repairCommand } from "../../infra/settings/commands.ts";
import type { Settings } from "../../infra/settings/index.ts";
import { hasEndedAtAnthropic, targetsOf } from "../calls/targets.ts";
import { Failure } from "../command/failure.ts";
import { protectionOf } from "../models/protection.ts";

export interface DrillPlan {
  model: string;
  /** The target whose failure is rehearsed. */
  target: string;
  /** It and all in front of it. */
  drilled: readonly string[];
  /** Who may answer instead. */
  others: readonly string[];
  /** Who answers without a drill. */
  usual: string;
}

type Read = Pick<Settings, "models" | "vertexLocations" | "force" | "allowedLocations" | "chain" | "bedrock">;

/** @param nowMs milliseconds since the epoch @throws {Failure} */
export function planDrill(model: string, target: string, settings: Read, nowMs: number): DrillPlan {
  const targets = targetsOf(model, settings);
  const position = targets.indexOf(target);
  if (position < 0) {
    const has = `the targets of ${model} are ${targets.join(", ")}`;
    throw new Failure("problem", `${target} is not asked for this model: ${has}`, `--target ${targets[0]}`);
  }
  const serves = (name: string) => name !== "anthropic" || !hasEndedAtAnthropic(model, settings, nowMs);
  const others = targets.slice(position + 1).filter(serves);
  if (others.length === 0) {
    throw new Failure(
      "problem",
      `a drill of ${target} would show no failover: nobody behind it serves ${model} (${targets.join(", ")})`,
      cure(model, settings, nowMs),
    );
  }
  const usual = targets.find(serves) ?? target;
  return { model, target, drilled: targets.slice(0, position + 1), others, usual };
}

/** Another location, if one serves the model and may be used; else another model. */
function cure(model: string, settings: Read, nowMs: number): string {
  const found = protectionOf(settings, nowMs).find(({ id }) => id === model);
  const isAllowed = (location: string) => settings.allowedLocations?.includes(location) ?? true;
  const location = found?.otherLocations.find(isAllowed);
  if (location === undefined) return "--model with one that npm run models shows with a failover";
  const value = [...settings.vertexLocations, location];
  return `${repairCommand({ key: "vertexLocations", repair: { kind: "set", value } })} && pulumi up`;
}
