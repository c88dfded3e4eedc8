/**
 * `npm run doctor`: everything that can be wrong with a stack, before `pulumi up` and after it, one
 * line each, with the cure below. It changes nothing. The checks run side by side, and `addChecks`
 * is the order of their lines.
 */
import type { OperatorCommand, Session } from "./command/command.ts";
import { accessInFront, domainAddress, workersDev } from "./doctor/addresses.ts";
import { anthropicAnswers, anthropicKey, anthropicModels, previousKey } from "./doctor/anthropic.ts";
import { clockSkew } from "./doctor/clock.ts";
import { bundle, gateways, workers, workersDevName, zone } from "./doctor/cloudflare-account.ts";
import { PERMISSIONS, permission, probedAccount } from "./doctor/cloudflare-permissions.ts";
import { presentToken, verifiedToken } from "./doctor/cloudflare-token.ts";
import { configuration, deployedStack } from "./doctor/configuration.ts";
import { costOfCalls } from "./doctor/cost.ts";
import { Examination, type Line, type Need } from "./doctor/examination.ts";
import { type Found, skipped } from "./doctor/found.ts";
import { gatewaySettings, givenRunToken, nameIsFree, runTokens } from "./doctor/gateway.ts";
import { customRole, googleKeys, grants, identity } from "./doctor/google-identity.ts";
import { deployerPermissions } from "./doctor/google-permissions.ts";
import { apis, billing, credentials, keyPolicy, project } from "./doctor/google-project.ts";
import { installedPackages, node } from "./doctor/machine.ts";
import { modelEnds } from "./doctor/model-ends.ts";
import { modelsInUse } from "./doctor/models-in-use.ts";
import { newerReleases } from "./doctor/newer-releases.ts";
import { deployment } from "./doctor/outputs.ts";
import { LinePrinter } from "./doctor/print.ts";
import { backend, cliVersion, encryptedSecrets, plugins, secretsProvider } from "./doctor/pulumi.ts";
import { quotas } from "./doctor/quotas.ts";
import { clientTokenAges, googleCredentialAge, runTokenAge } from "./doctor/secret-ages.ts";
import { summarize } from "./doctor/summary.ts";
import { fableConsents, modelAccess } from "./doctor/vertex-access.ts";
import { answeringVersion, code, liveVersion } from "./doctor/worker-code.ts";
import { variables, workerLog } from "./doctor/worker-variables.ts";
import { PulumiCli } from "./stack/pulumi-cli.ts";

/** The line after which the calls are made. */
const COST = "cost of the calls";
const NO_CLI = skipped("npm start has no Pulumi CLI");
const NO_CALLS = skipped("--no-calls");

export const doctor: OperatorCommand = {
  name: "doctor",
  summary: "everything that can be wrong, before pulumi up and after it, each with its cure",
  configure(command) {
    command
      .option("--no-calls", "leave out the calls to models, which cost a few tokens")
      .option("--models <ids>", "the models to look at, with commas (default: those in use)", (ids: string) =>
        ids.split(",").map((id) => id.trim()),
      );
  },
  async run(session, { local, stack: name, models, calls }) {
    const { stack, output, signal, environment } = session;
    if (local !== undefined) await stack.identity(); // without a local cloud nothing can be checked
    const examination = new Examination(signal);
    const costIsSaid = Promise.withResolvers<void>();
    addChecks(examination, session, {
      cli: local === undefined ? new PulumiCli({ environment, signal }) : undefined,
      selected: typeof name === "string" ? ["--stack", name] : [],
      models: Array.isArray(models) ? models : undefined,
      beforeCalls: calls === false ? undefined : costIsSaid.promise,
    });
    const printer = new LinePrinter(output);
    const lines: Line[] = [];
    for await (const line of examination.lines((name) => output.progress(name))) {
      printer.print(line);
      lines.push(line);
      if (line.name === COST) costIsSaid.resolve();
    }
    return summarize(lines, output, signal);
  },
};

interface Circumstances {
  /** Undefined with `--local`. */
  cli: PulumiCli | undefined;
  /** The CLI's option for the stack. */
  selected: readonly string[];
  /** Undefined: those in use. */
  models: readonly string[] | undefined;
  /** Resolves when calls may be made. Undefined: no calls. */
  beforeCalls: Promise<void> | undefined;
}

function addChecks(
  examination: Examination,
  { stack, signal, environment }: Session,
  { cli, selected, models: asked, beforeCalls }: Circumstances,
): void {
  const { clouds } = stack;
  const withCli = <Value>(run: (cli: PulumiCli) => Promise<Found<Value>>) => {
    return async (need: Need) => {
      if (!cli) return NO_CLI;
      await need(installed);
      return run(cli);
    };
  };
  /** Whatever looks at a live thing of the stack needs these. */
  const basis = async (need: Need) => {
    const configured = await need(settings);
    return [configured, await stack.names(), await need(state)] as const;
  };

  const machine = examination.group("This machine");
  machine("Node", node);
  machine("packages", () => installedPackages());
  machine("newer releases", () => newerReleases(environment, signal));
  machine("clock", async (need) => clockSkew(await need(account)));

  const pulumi = examination.group("Pulumi");
  const installed = pulumi("CLI", async () => (cli ? cliVersion(cli) : NO_CLI));
  pulumi(
    "provider plugins",
    withCli((cli) => plugins(cli, environment)),
  );
  const loggedIn = pulumi("backend", withCli(backend));
  const state = pulumi("stack", async (need) => {
    if (cli) await need(loggedIn);
    return deployedStack(stack);
  });
  const readable = pulumi("secrets provider", async (need) => {
    await need(state);
    return cli ? secretsProvider(cli, selected) : NO_CLI;
  });
  pulumi("secrets", async (need) => {
    if (!cli) return NO_CLI;
    await need(readable);
    return encryptedSecrets(cli, selected);
  });
  const settings = pulumi("settings", async (need) => {
    if (cli) await need(readable);
    return configuration(stack, await need(state));
  });

  const cloudflare = examination.group("Cloudflare");
  const api = clouds.cloudflare;
  const token = cloudflare("token", () => presentToken(clouds));
  const kind = cloudflare("token's kind and expiry", async (need) => {
    await need(token);
    return verifiedToken(api, await need(settings));
  });
  const account = cloudflare("account", async (need) => probedAccount(api, await need(settings), await need(kind)));
  const may = (name: keyof typeof PERMISSIONS) =>
    cloudflare(PERMISSIONS[name].name, async (need) =>
      permission(PERMISSIONS[name], await need(settings), await need(account), await need(kind)),
    );
  const mayGateway = may("aiGateway");
  const mayWorkers = may("workersScripts");
  const mayTokens = may("accountApiTokens");
  may("workersRoutes");
  may("dns");
  const mayAccess = may("access");
  may("observability");
  cloudflare("zone", async (need) => {
    await need(account);
    return zone(api, await need(settings));
  });
  const allGateways = cloudflare("gateways", async (need) => {
    await need(mayGateway);
    const [settings, names] = await basis(need);
    return gateways(api, settings, names);
  });
  const allWorkers = cloudflare("Workers", async (need) => {
    await need(mayWorkers);
    const [settings, names] = await basis(need);
    return workers(api, settings, names);
  });
  const script = cloudflare("script size", bundle);
  cloudflare("workers.dev name", async (need) => {
    await need(mayWorkers);
    return workersDevName(api, await need(settings));
  });
  const ownGateway = cloudflare("gateway's name", async (need) => {
    const [, { gateway }, deployed] = await basis(need);
    return nameIsFree("gateway", gateway, await need(allGateways), deployed);
  });
  const ownWorker = cloudflare("Worker's name", async (need) => {
    const [, { worker }, deployed] = await basis(need);
    return nameIsFree("worker", worker, await need(allWorkers), deployed);
  });
  cloudflare("given run token", async (need) => {
    await need(account);
    return givenRunToken(api, await need(settings));
  });

  const google = examination.group("Google");
  const loginAnswer = google("credentials", async (need) => credentials(clouds.google, await need(settings)));
  const enabled = google("APIs", async (need) => {
    const { isDeployed } = await need(state);
    return apis(clouds.google, await need(settings), isDeployed, await need(loginAnswer));
  });
  const active = google("project", async (need) => {
    await need(enabled);
    return project(await need(loginAnswer), await need(settings));
  });
  const billed = google("billing", async (need) => {
    await need(active);
    return billing(clouds.google, await need(settings));
  });
  const permitted = google("your permissions", async (need) => {
    await need(active);
    return deployerPermissions(clouds.google, await need(settings));
  });
  google("key policy", async (need) => {
    await need(active);
    return keyPolicy(clouds.google, await need(settings));
  });

  const anthropic = examination.group("Anthropic");
  const offered = anthropic("key", async (need) => anthropicKey(clouds.anthropic, await need(settings)));
  anthropic("previous key", async (need) => previousKey(clouds.anthropic, await need(settings)));

  const models = examination.group("Models");
  const inUse = models("in use", async (need) => {
    const [settings, names] = await basis(need);
    return modelsInUse(api, settings, names, asked);
  });
  models("failover", async (need) => modelEnds(await need(inUse), await need(settings)));
  models("at Anthropic", async (need) => anthropicModels(await need(offered), await need(inUse), await need(settings)));
  const withQuota = models("quota", async (need) => {
    await need(billed);
    return quotas(clouds.google, await need(settings), await need(inUse));
  });
  const cost = models(COST, async (need) => (beforeCalls ? costOfCalls(await need(inUse)) : NO_CALLS));
  models("call to Anthropic", async (need) => {
    if (!beforeCalls) return NO_CALLS;
    await Promise.all([need(cost), beforeCalls]);
    return anthropicAnswers(clouds.anthropic, await need(settings), await need(inUse), await need(offered));
  });
  const called = models("call to Vertex", async (need) => {
    if (!beforeCalls) return NO_CALLS;
    const [quota, apis, { mayPredict }] = await Promise.all([need(withQuota), need(enabled), need(permitted)]);
    await Promise.all([need(cost), beforeCalls]);
    if (!apis.has("aiplatform")) return skipped("pulumi up enables the API first");
    if (!mayPredict) return skipped("your login may not call models; npm run smoke asks as the Worker");
    return modelAccess(clouds.google, await need(settings), quota);
  });
  models("Fable's consents", async (need) => {
    const { usable } = await called.found;
    return fableConsents(await need(inUse), await need(settings), usable !== undefined);
  });

  const live = examination.group("Deployed");
  const deployed = live("last run", async (need) => deployment(stack, await need(state)));
  live("gateway", async (need) => {
    await Promise.all([need(deployed), need(ownGateway)]);
    return gatewaySettings(api, ...(await basis(need)));
  });
  const minted = live("run token", async (need) => {
    await Promise.all([need(deployed), need(mayTokens)]);
    return runTokens(api, ...(await basis(need)));
  });
  const version = live("Worker", async (need) => {
    await Promise.all([need(deployed), need(ownWorker)]);
    return liveVersion(api, ...(await basis(need)));
  });
  live("Worker's code", async (need) => {
    const content = await need(script);
    await need(version);
    return code(api, ...(await basis(need)), content);
  });
  const shown = live("Worker's log", async (need) => {
    await need(version);
    const [settings, names] = await basis(need);
    return workerLog(api, settings, names);
  });
  live("Worker's variables", async (need) => {
    const [settings, names] = await basis(need);
    return variables(await need(shown), settings, names, await need(deployed));
  });
  const atWorkersDev = live("workers.dev", async (need) => {
    await need(version);
    const [settings, names] = await basis(need);
    return workersDev(api, settings, names);
  });
  const atDomain = live("domain", async (need) => {
    await need(version);
    const [settings, names] = await basis(need);
    return domainAddress(api, settings, names);
  });
  live("Access", async (need) => {
    await Promise.all([need(atDomain), need(mayAccess)]);
    return accessInFront(api, await need(settings));
  });
  live("Worker answers", async (need) => {
    await Promise.all([need(atWorkersDev), need(atDomain)]);
    const { outputs } = await need(deployed);
    return answeringVersion(outputs, await need(version), await need(settings), signal);
  });
  const known = live("identity at Google", async (need) => {
    await Promise.all([need(deployed), need(enabled)]);
    return identity(clouds.google, await need(state));
  });
  const role = live("custom role", async (need) => {
    await Promise.all([need(deployed), need(enabled)]);
    return customRole(clouds.google, await need(state));
  });
  live("grants", async (need) => {
    await Promise.all([need(known), need(role)]);
    return grants(clouds.google, await need(settings), await need(state));
  });
  const keys = live("Google key", async (need) => {
    await need(known);
    return googleKeys(clouds.google, await need(state));
  });

  const secrets = examination.group("Age of secrets");
  secrets("run token", async (need) => runTokenAge(await need(minted)));
  secrets("Google credential", async (need) => googleCredentialAge(await need(keys), await need(state)));
  secrets("clients' tokens", async (need) => {
    await need(deployed);
    return clientTokenAges(await need(state));
  });
}
