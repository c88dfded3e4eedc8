/** Reads what the experiments need, and ends with one line where something is missing. */
import { z } from "zod";
import { cloudflareNames, outputsOf, settingsOf, workerUrl } from "../calls/deployment.ts";
import { operatorClient } from "../calls/operator-client.ts";
import { requireValue } from "../clouds/api-client.ts";
import type { Options, Session } from "../command/command.ts";
import { Failure } from "../command/failure.ts";
import type { Outputs, Stack } from "../stack/stack.ts";
import { Lab, type LabAccess, type WorkerAccess } from "./lab.ts";
import { cheapest, type Plan } from "./plan.ts";
import type { Point } from "./points.ts";

/** @throws {Failure} if the stack is not deployed, or if a cloud refuses its credentials */
export async function makePlan(stack: Stack): Promise<{ plan: Plan; outputs: Outputs }> {
  const settings = await settingsOf(stack);
  const outputs = await outputsOf(stack);
  const { account, gateway, worker } = await cloudflareNames(stack);
  const { serviceAccount, label } = await stack.names();
  const { cloudflare, anthropic } = stack.clouds;
  const path = `accounts/${account}/ai-gateway/gateways/${gateway}`;
  requireValue(await cloudflare.get(path, z.object({ id: z.string() })), "the gateway");
  const models = requireValue(await anthropic.models(settings.anthropicApiKey), "the list of Anthropic's models");
  const names = { label, account, gateway, worker, serviceAccount };
  return { plan: { settings, ...names, anthropicModel: cheapest(models), nowMs: Date.now() }, outputs };
}

/** @throws {Failure} if there are no credentials for Google and an experiment needs them */
export async function openLab(
  { stack, signal }: Pick<Session, "stack" | "signal">,
  { plan, outputs, points, options }: { plan: Plan; outputs: Outputs; points: readonly Point[]; options: Options },
): Promise<Lab> {
  const { clouds } = stack;
  const usesGoogle = points.some(({ how }) => how.kind === "experiment" && how.experiment.usesGoogle);
  const access: LabAccess = {
    plan,
    clouds,
    cloudflareToken: (await clouds.cloudflareToken()) ?? "",
    googleHeaders: usesGoogle ? await clouds.googleHeaders() : undefined,
    gatewayToken: outputs.gatewayToken,
    worker: workerAccess(outputs, plan, options.url),
  };
  return new Lab(access, signal);
}

/** Only two points ask the Worker, so that the others can do without it. */
function workerAccess(outputs: Outputs, { settings }: Plan, given: unknown): WorkerAccess {
  try {
    const url = workerUrl(outputs, given);
    const isOperator = settings.clients.some(({ operator }) => operator);
    const operatorToken = isOperator ? operatorClient(settings, outputs, settings.clients).token : undefined;
    // What an operator asks is not taken for what the stack's users ask.
    const token = operatorToken ?? Object.values(outputs.clientTokens)[0];
    if (token === undefined) return { kind: "unknown", why: "the stack has no client" };
    return { kind: "known", url, token, operatorToken };
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode === "usage") throw error;
    return { kind: "unknown", why: error.message };
  }
}
