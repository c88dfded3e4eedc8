/** The stack and its settings: the same schema and the same repairs as in `pulumi up`. */
import { repairCommand } from "../../infra/settings/commands.ts";
import { epochFaults } from "../../infra/settings/epochs.ts";
import { byKey } from "../../infra/settings/faults.ts";
import { warningsOf } from "../../infra/settings/warnings.ts";
import { Failure } from "../command/failure.ts";
import type { Stack, StackResource } from "../stack/stack.ts";
import { type Found, fine, note, problem } from "./found.ts";
import type { Subject } from "./subject.ts";

/** @returns what the last `pulumi up` left */
export async function existingStack(stack: Stack): Promise<Found<readonly StackResource[]>> {
  try {
    const resources = await stack.resources();
    const text =
      resources.length > 0
        ? `${stack.title}: ${resources.length} resources`
        : `${stack.title}: nothing is deployed yet`;
    return fine(text, resources);
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== "usage") throw error;
    return problem(error.message, "pulumi stack select NAME, or for a new one: pulumi stack init NAME");
  }
}

export async function configuration(stack: Stack, resources: readonly StackResource[]): Promise<Found<Subject>> {
  const parsed = await stack.settings();
  const faults =
    parsed.kind === "faults"
      ? parsed.faults
      : epochFaults(
          parsed.settings,
          resources.map(({ name }) => name),
        );
  if (parsed.kind === "settings" && faults.length === 0) {
    const warnings = warningsOf(parsed.settings).map((text) => note(text));
    const keys = Object.keys(await stack.configured()).length;
    return {
      findings: [fine(`${keys} settings, all right`), ...warnings].flatMap(({ findings }) => findings),
      usable: { value: { settings: parsed.settings, names: await stack.names(), resources } },
    };
  }
  const found = byKey(faults, await stack.configured()).map((fault) => {
    const cure = repairCommand(fault);
    const isCommand = fault.repair.kind !== "edit";
    return problem(fault.text, isCommand && resources.length > 0 ? `${cure} && pulumi up` : cure);
  });
  return { findings: found.flatMap(({ findings }) => findings), usable: undefined };
}
