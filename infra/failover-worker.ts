/** The Worker: its bundle, exactly the bindings that `worker/bindings.ts` declares, and the address that it is called at. */
import { getWorkerOutput } from "@pulumi/cloudflare/getWorker.js";
import { getWorkersScripts } from "@pulumi/cloudflare/getWorkersScripts.js";
import { WorkersCustomDomain } from "@pulumi/cloudflare/workersCustomDomain.js";
import { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import { WorkersScriptSubdomain } from "@pulumi/cloudflare/workersScriptSubdomain.js";
import * as pulumi from "@pulumi/pulumi";
import type { PlainBindings, SecretBindings } from "../worker/bindings.ts";
import { accessInFront } from "./access.ts";
import { bundleWorker, MAIN_MODULE } from "./bundle.ts";
import { withCures } from "./cures.ts";
import { refuseStranger } from "./look-first.ts";
import { rateLimitBindings } from "./rate-limits.ts";
import type { SecretSlots } from "./rotation.ts";
import type { Options } from "./settings/index.ts";

/** Not later than what the newest local workerd knows, so that both run the same rules. */
const COMPATIBILITY_DATE = "2026-07-30";
/** Without it a caller that leaves is not noticed. */
const COMPATIBILITY_FLAGS = ["enable_request_signal"];

/** Given in full: Cloudflare fills in what is missing, and a refresh would find a difference for ever. */
const OBSERVABILITY = {
  enabled: true,
  headSamplingRate: 1,
  logs: { enabled: true, headSamplingRate: 1, invocationLogs: false, persist: true },
  traces: { enabled: false, headSamplingRate: 1, persist: true },
};

export interface FailoverWorkerArgs {
  /** 32 hexadecimal digits. */
  cloudflareAccountId: string;
  /** Script name: up to 63 characters, `[a-z0-9-]`, unique in the account. */
  name: string;
  /** All that `worker/bindings.ts` declares, up to 5 KB each. */
  bindings: {
    plain: { [Name in keyof PlainBindings]: pulumi.Input<string> };
    secret: { [Name in keyof SecretBindings]: SecretSlots };
    /** Every `requestsPerMinute` in `CLIENTS`; a rate may be repeated. Default: none. */
    ratesPerMinute?: readonly number[];
  };
  /** The account's name under workers.dev. Absent: it is looked up at each run. */
  workersSubdomain?: string | undefined;
  /** An address in a zone of the account; workers.dev is then off. Default: none. */
  domain?: Options["domain"];
  /** Cloudflare Access in front of `domain`. Default: none. */
  access?: Options["access"];
  /** Whether a Worker of this name that exists already is replaced. Default: no. */
  adopt?: boolean;
}

export class FailoverWorker extends pulumi.ComponentResource {
  /** The base URL; undefined where the account has no workers.dev name and no domain is given. */
  readonly url: pulumi.Output<string | undefined>;

  constructor(name: string, args: FailoverWorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:FailoverWorker", name, {}, withCures(name, opts));
    const { cloudflareAccountId: accountId, name: scriptName, workersSubdomain, domain, access, adopt = false } = args;

    const script = new WorkersScript(
      name,
      {
        accountId,
        scriptName,
        content: bundleWorker(),
        mainModule: MAIN_MODULE,
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: COMPATIBILITY_FLAGS,
        bindings: toBindings(scriptName, args.bindings),
        observability: OBSERVABILITY,
      },
      {
        parent: this,
        hooks: adopt
          ? {}
          : refuseStranger(`The Worker ${scriptName}`, "worker", async () => {
              const { results } = await getWorkersScripts({ accountId }, { parent: this });
              return results.some(({ id }) => id === scriptName);
            }),
      },
    );
    // Preview URLs are always off: they would keep old versions, with old secrets, callable.
    const subdomain = new WorkersScriptSubdomain(
      `${name}-subdomain`,
      { accountId, scriptName: script.scriptName, enabled: domain === undefined, previewsEnabled: false },
      { parent: this },
    );
    const serveAt = ({ hostname, zoneId }: NonNullable<Options["domain"]>) => {
      // Access first: at no moment is the address open.
      const gate = access ? [accessInFront(`${name}-access`, access, { accountId, hostname }, { parent: this })] : [];
      const address = new WorkersCustomDomain(
        `${name}-domain`,
        { accountId, hostname, zoneId, service: script.scriptName },
        { parent: this, dependsOn: gate },
      );
      return pulumi.interpolate`https://${address.hostname}`;
    };
    const lookUpUrl = () =>
      getWorkerOutput({ accountId, workerId: script.scriptName }, { parent: this, dependsOn: [subdomain] }).apply(
        (worker): string | undefined => worker.subdomain?.url,
      );

    if (domain) this.url = serveAt(domain);
    else if (workersSubdomain) this.url = pulumi.output(`https://${scriptName}.${workersSubdomain}.workers.dev`);
    else this.url = lookUpUrl();
    this.registerOutputs({ url: this.url });
  }
}

/** Sorted by name: the provider takes another order for a change. */
function toBindings(scriptName: string, { plain, secret, ratesPerMinute = [] }: FailoverWorkerArgs["bindings"]) {
  const secretText = (name: string, text: pulumi.Output<string>) => ({
    type: "secret_text",
    name,
    text: pulumi.secret(text),
  });
  return [
    ...Object.entries(plain).map(([name, text]) => ({ type: "plain_text", name, text })),
    ...Object.entries(secret).flatMap(([name, { newest, previous }]) => [
      secretText(name, newest),
      ...(previous ? [secretText(`${name}_PREVIOUS`, previous)] : []),
    ]),
    ...rateLimitBindings(scriptName, ratesPerMinute),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}
