/** The Worker: its bundle, exactly the bindings that `worker/bindings.ts` declares, and its address under workers.dev. */
import { getWorkerOutput } from "@pulumi/cloudflare/getWorker.js";
import { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import { WorkersScriptSubdomain } from "@pulumi/cloudflare/workersScriptSubdomain.js";
import * as pulumi from "@pulumi/pulumi";
import type { PlainBindings, SecretBindings } from "../worker/bindings.ts";
import { bundleWorker, MAIN_MODULE } from "./bundle.ts";

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
  cloudflareAccountId: string;
  /** Script name: up to 63 characters, `[a-z0-9-]`. */
  name: string;
  /** The account's name under workers.dev. Absent: it is looked up at each run. */
  workersSubdomain?: string | undefined;
  bindings: {
    plain: { [Name in keyof PlainBindings]: pulumi.Input<string> };
    secret: { [Name in keyof SecretBindings]: pulumi.Output<string> };
  };
}

export class FailoverWorker extends pulumi.ComponentResource {
  /** Undefined where the account has no workers.dev name. */
  readonly url: pulumi.Output<string | undefined>;

  constructor(name: string, args: FailoverWorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:FailoverWorker", name, {}, opts);
    const { cloudflareAccountId: accountId, name: scriptName, workersSubdomain } = args;

    const script = new WorkersScript(
      name,
      {
        accountId,
        scriptName,
        content: bundleWorker(),
        mainModule: MAIN_MODULE,
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: COMPATIBILITY_FLAGS,
        bindings: toBindings(args.bindings),
        observability: OBSERVABILITY,
      },
      { parent: this },
    );
    // Preview URLs are always off: they would keep old versions, with old secrets, callable.
    const subdomain = new WorkersScriptSubdomain(
      `${name}-subdomain`,
      { accountId, scriptName: script.scriptName, enabled: true, previewsEnabled: false },
      { parent: this },
    );
    const lookUpUrl = () =>
      getWorkerOutput({ accountId, workerId: script.scriptName }, { parent: this, dependsOn: [subdomain] }).apply(
        (worker): string | undefined => worker.subdomain?.url,
      );

    this.url = workersSubdomain ? pulumi.output(`https://${scriptName}.${workersSubdomain}.workers.dev`) : lookUpUrl();
    this.registerOutputs({ url: this.url });
  }
}

/** Sorted by name: the provider takes another order for a change. */
function toBindings({ plain, secret }: FailoverWorkerArgs["bindings"]) {
  return [
    ...Object.entries(plain).map(([name, text]) => ({ type: "plain_text", name, text })),
    ...Object.entries(secret).map(([name, text]) => ({ type: "secret_text", name, text: pulumi.secret(text) })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}
