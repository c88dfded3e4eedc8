/**
 * `npm run doctor`: everything that can be wrong with a stack, before `pulumi up` and after it, one
 * line each, with the cure below. It changes nothing. The checks run side by side, and `addChecks`
 * is the order of their lines.
 */
import type { OperatorCommand, Session } from "./command/command.ts";
import { accessInFront, domainAddress, workersDev } from "./doctor/addresses.ts";
import { anthropicAnswers, anthropicKey, anthropicModels, previousKey } from "./doctor/anthropic.ts";
import { bedrockKey, bedrockModels } from "./doctor/bedrock.ts";
import { clockSkew } from "./doctor/clock.ts";
import { bundle, gateways, workers, workersDevName, zone } from "./doctor/cloudflare-account.ts";
import { PERMISSIONS, permission, probedAccount } from "./doctor/cloudflare-permissions.ts";
import { EXPORT_TOKEN, presentToken, verifiedToken } from "./doctor/cloudflare-token.ts";
import { configuration, existingStack } from "./doctor/configuration.ts";
import { costOfCalls } from "./doctor/cost.ts";
import { Examination, type Line, type Need } from "./doctor/examination.ts";
import { forStack } from "./doctor/for-stack.ts";
import { skipped } from "./doctor/found.ts";
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
    for await (const found of examination.lines((check) => output.progress(check))) {
      const line = forStack(found, name);
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
  const { cloudflare: cf, google: gcp } = clouds;

  const machine = examination.group("This machine");
  machine("Node", [], node);
  machine("packages", [], () => installedPackages());
  machine("clock", [], async (need) => clockSkew(await need(account)));

  const pulumi = examination.group("Pulumi");
  const installed = pulumi("CLI", [], async () => (cli ? cliVersion(cli) : NO_CLI));
  const afterCli = cli ? [installed] : [];
  pulumi("provider plugins", afterCli, async () => (cli ? plugins(cli, environment) : NO_CLI));
  const loggedIn = pulumi("backend", afterCli, async () => (cli ? backend(cli) : NO_CLI));
  const exists = pulumi("stack", cli ? [loggedIn] : [], () => existingStack(stack));
  const readable = pulumi("secrets provider", [exists], async () => (cli ? secretsProvider(cli, selected) : NO_CLI));
  const encrypted = pulumi("secrets", cli ? [readable] : [], async () =>
    cli ? encryptedSecrets(cli, selected) : NO_CLI,
  );
  const settings = pulumi("settings", cli ? [encrypted] : [], async (need) => configuration(stack, await need(exists)));

  const cloudflare = examination.groupAbout("Cloudflare", settings);
  const setToken = async (need: Need) => (cli ? need(encrypted) : EXPORT_TOKEN);
  const token = cloudflare("token", [], async (_subject, need) => presentToken(clouds, await setToken(need)));
  const kind = cloudflare("token's kind and expiry", [token], async (subject, need) =>
    verifiedToken(cf, subject, await setToken(need)),
  );
  const account = cloudflare("account", [kind], async (subject, need) => probedAccount(cf, subject, await need(kind)));
  const may = (name: keyof typeof PERMISSIONS) =>
    cloudflare(PERMISSIONS[name].name, [account], async (subject, need) =>
      permission(PERMISSIONS[name], subject, await need(account), await need(kind)),
    );
  const mayGateway = may("aiGateway");
  const mayWorkers = may("workersScripts");
  const mayTokens = may("accountApiTokens");
  may("workersRoutes");
  may("dns");
  const mayAccess = may("access");
  may("observability");
  cloudflare("zone", [account], (subject) => zone(cf, subject));
  const allGateways = cloudflare("gateways", [mayGateway], (subject) => gateways(cf, subject));
  const allWorkers = cloudflare("Workers", [mayWorkers], (subject) => workers(cf, subject));
  const script = cloudflare("script size", [], bundle);
  cloudflare("workers.dev name", [mayWorkers], (subject) => workersDevName(cf, subject));
  const ownGateway = cloudflare("gateway's name", [], async (subject, need) =>
    nameIsFree("gateway", await need(allGateways), subject),
  );
  const ownWorker = cloudflare("Worker's name", [], async (subject, need) =>
    nameIsFree("worker", await need(allWorkers), subject),
  );
  cloudflare("given run token", [account], (subject) => givenRunToken(cf, subject));

  const google = examination.groupAbout("Google", settings);
  const login = google("credentials", [], (subject) => credentials(gcp, subject));
  const enabled = google("APIs", [], async (subject, need) => apis(gcp, subject, await need(login)));
  const active = google("project", [], async (subject, need) => project(await need(login), subject));
  const billed = google("billing", [active, enabled], (subject) => billing(gcp, subject));
  const permitted = google("your permissions", [active, enabled], (subject) => deployerPermissions(gcp, subject));
  google("key policy", [active, enabled], (subject) => keyPolicy(gcp, subject));

  const anthropic = examination.groupAbout("Anthropic", settings);
  const offered = anthropic("key", [], (subject) => anthropicKey(clouds.anthropic, subject));
  anthropic("previous key", [], (subject) => previousKey(clouds.anthropic, subject));

  const amazon = examination.groupAbout("Amazon", settings);
  const onBedrock = amazon("Bedrock key", [], (subject) => bedrockKey(clouds.bedrock, subject));

  const models = examination.groupAbout("Models", settings);
  const inUse = models("in use", [], (subject) => modelsInUse(cf, subject, asked));
  models("failover", [], async (subject, need) => modelEnds(await need(inUse), subject));
  models("at Anthropic", [], async (subject, need) => anthropicModels(await need(offered), await need(inUse), subject));
  models("on Bedrock", [], async (subject, need) => bedrockModels(await need(onBedrock), await need(inUse), subject));
  const quota = models("quota", [billed], async (subject, need) => quotas(gcp, subject, await need(inUse)));
  const cost = models(COST, [], async (_subject, need) => (beforeCalls ? costOfCalls(await need(inUse)) : NO_CALLS));
  models("call to Anthropic", [], async (subject, need) => {
    if (!beforeCalls) return NO_CALLS;
    await Promise.all([need(cost), beforeCalls]);
    return anthropicAnswers(clouds.anthropic, subject, await need(inUse), await need(offered));
  });
  const called = models("call to Vertex", [], async (subject, need) => {
    if (!beforeCalls) return NO_CALLS;
    await Promise.all([need(cost), beforeCalls]);
    return modelAccess(gcp, subject, {
      served: await need(quota),
      apis: await need(enabled),
      ...(await need(permitted)),
    });
  });
  models("Fable's consents", [], async (subject, need) => {
    const { usable } = await called.found;
    return fableConsents(await need(inUse), subject, usable !== undefined);
  });

  const live = examination.groupAbout("Deployed", settings);
  const deployed = live("last run", [], (subject) => deployment(stack, subject));
  live("gateway", [deployed, ownGateway], (subject) => gatewaySettings(cf, subject));
  const minted = live("run token", [deployed, mayTokens], (subject) => runTokens(cf, subject));
  const version = live("Worker", [deployed, ownWorker], (subject) => liveVersion(cf, subject));
  live("Worker's code", [version], async (subject, need) => code(cf, subject, await need(script)));
  const shown = live("Worker's log", [version], (subject) => workerLog(cf, subject));
  live("Worker's variables", [], async (subject, need) => variables(await need(shown), subject, await need(deployed)));
  const onWorkersDev = live("workers.dev", [version], (subject) => workersDev(cf, subject));
  const onDomain = live("domain", [version], (subject) => domainAddress(cf, subject));
  live("Access", [onDomain, mayAccess], (subject) => accessInFront(cf, subject));
  live("Worker answers", [onWorkersDev, onDomain], async (subject, need) =>
    answeringVersion((await need(deployed)).outputs, await need(version), subject, signal),
  );
  const known = live("identity at Google", [deployed, enabled], (subject) => identity(gcp, subject));
  const role = live("custom role", [deployed, enabled], (subject) => customRole(gcp, subject));
  live("grants", [known, role], (subject) => grants(gcp, subject));
  const keys = live("Google key", [known], (subject) => googleKeys(gcp, subject));

  const secrets = examination.groupAbout("Age of secrets", settings);
  secrets("run token", [], async (_subject, need) => runTokenAge(await need(minted)));
  secrets("Google credential", [], async (subject, need) => googleCredentialAge(await need(keys), subject));
  secrets("clients' tokens", [deployed], (subject) => clientTokenAges(subject));

  const packages = examination.group("Packages");
  packages("newer releases", [], () => newerReleases(environment, signal)); // last, because npm is slow
}
