/**
 * `npm run smoke`: asks the stack's Worker for each model, as JSON and as a stream, and then makes
 * each target answer alone. It proves that what is deployed answers, and that every target would.
 */
import type { Command } from "commander";
import { cloudflareNames, outputsOf, settingsOf, workerUrl } from "./calls/deployment.ts";
import { describeEstimate, estimate, MAX_TOKENS, TEXT } from "./calls/estimate.ts";
import { modelsToAsk } from "./calls/models-to-ask.ts";
import { operatorClient, requireDeployedOperator } from "./calls/operator-client.ts";
import { requireValue } from "./clouds/api-client.ts";
import { ask } from "./clouds/worker.ts";
import { deployedVersions } from "./clouds/worker-versions.ts";
import type { OperatorCommand, Session } from "./command/command.ts";
import { type PlannedCall, planCalls, unprotected } from "./smoke/plan.ts";
import { report } from "./smoke/report.ts";
import type { Call } from "./smoke/verdict.ts";

const TIMEOUT_MS = 60_000;

export const smoke: OperatorCommand = {
  name: "smoke",
  summary: "asks each model through the Worker, and makes each target answer alone; costs a few tokens",
  configure(command: Command) {
    command
      .option("--model <id>", "ask this model; can be repeated", (id: string, before: string[]) => [...before, id], [])
      .option("--url <url>", "the Worker's address, if not the stack's")
      .option("--yes", "do not ask before calls that cost money");
  },
  async run(session, options) {
    const { stack, output } = session;
    const settings = await settingsOf(stack);
    const outputs = await outputsOf(stack);
    const url = workerUrl(outputs, options.url);
    const client = operatorClient(settings, outputs, (await stack.configured()).clients);
    const names = await cloudflareNames(stack);
    const deployed = requireValue(await deployedVersions(stack.clouds.cloudflare, names), "the deployed version");
    await requireDeployedOperator(client.name, stack.clouds, names);

    const named = Array.isArray(options.model) ? options.model : [];
    const models = await modelsToAsk(named, settings, stack);
    const planned = planCalls(models, settings, Date.now());
    const cost = estimate(planned.map(({ model, likely }) => ({ model, target: likely, count: 1 })));
    output.say(`${url}: ${models.join(", ")}`);
    output.say(describeEstimate(cost));
    if (!(await output.confirm("Make these calls?", { yes: options.yes === true, flag: "--yes" }))) {
      output.say("Nothing was called.");
      return { exitCode: "interrupted", report: { command: "smoke", outcome: "declined", estimate: cost } };
    }
    const calls = await callAll(planned, { url, token: client.token }, session);
    const notes = unprotected(models, settings).map((model) => `Only Anthropic serves ${model} here: it has no drill.`);
    return report(calls, { planned, deployed, cost, notes, url }, session);
  },
};

/** One after the other, so that times are not each other's. Ctrl-C ends it with what there is. */
async function callAll(
  planned: readonly PlannedCall[],
  { url, token }: { url: string; token: string },
  { output, signal }: Session,
): Promise<Call[]> {
  const calls: Call[] = [];
  for (const call of planned) {
    if (signal.aborted) break;
    const { model, kind, drilled, expected } = call;
    output.progress(`${calls.length + 1} of ${planned.length}: ${model}, ${expected ?? kind} …`);
    const question = { model, token, text: TEXT, maxTokens: MAX_TOKENS, timeoutMs: TIMEOUT_MS };
    try {
      calls.push({ ...call, answer: await ask(url, { ...question, stream: kind !== "json", drill: drilled }, signal) });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  return calls;
}
