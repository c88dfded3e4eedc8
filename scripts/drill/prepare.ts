/**
 * Everything that can be known to be wrong before the first call is paid for: the configuration, the
 * client, the model, the second target, the access to the gateway's log.
 */
import { cloudflareNames, outputsOf, settingsOf, workerUrl } from "../calls/deployment.ts";
import { type Estimate, estimate } from "../calls/estimate.ts";
import { modelsToAsk } from "../calls/models-to-ask.ts";
import { type OperatorClient, operatorClient, requireDeployedOperator } from "../calls/operator-client.ts";
import { GatewayLog } from "../clouds/gateway-log.ts";
import { WorkerLog } from "../clouds/worker-log.ts";
import type { Options } from "../command/command.ts";
import type { Stack } from "../stack/stack.ts";
import { requireWritable } from "./markdown.ts";
import { readTimes, requireAllowedRate, type Times } from "./options.ts";
import { type DrillPlan, planDrill } from "./plan.ts";
import type { ProofOptions } from "./proof.ts";

export interface Prepared {
  url: string;
  client: OperatorClient;
  plan: DrillPlan;
  times: Times;
  routing: ProofOptions["routing"];
  /** Undefined with `bypass`, where no call goes through the gateway. */
  logs: { gatewayLog: GatewayLog; workerLog: WorkerLog } | undefined;
  cost: Estimate;
}

/** @throws {Failure} */
export async function prepareDrill(stack: Stack, options: Options): Promise<Prepared> {
  const times = readTimes(options);
  const settings = await settingsOf(stack);
  const outputs = await outputsOf(stack);
  const url = workerUrl(outputs, options.url);
  const client = operatorClient(settings, outputs, (await stack.configured()).clients);
  requireAllowedRate(client, times);
  if (typeof options.markdown === "string") await requireWritable(options.markdown);

  const named = typeof options.model === "string" ? [options.model] : [];
  const [model = ""] = await modelsToAsk(named, settings, stack);
  const plan = planDrill(model, String(options.target), settings, Date.now());

  const names = await cloudflareNames(stack);
  const { cloudflare } = stack.clouds;
  const { routing } = settings;
  const logs =
    routing === "bypass"
      ? undefined
      : { gatewayLog: new GatewayLog(cloudflare, names), workerLog: new WorkerLog(cloudflare, names) };
  await logs?.gatewayLog.requireReadable();
  await requireDeployedOperator(client.name, stack.clouds, names);

  const undrilled = Math.ceil(times.count / 2);
  const cost = estimate([
    { model, target: plan.usual, count: undrilled },
    { model, target: plan.others[0] ?? plan.usual, count: times.count - undrilled },
  ]);
  return { url, client, plan, times, routing, logs, cost };
}
