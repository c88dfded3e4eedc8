/**
 * The Worker: its bundle, exactly the bindings that `worker/bindings.ts` declares, and its
 * addresses.
 */
import { WorkersCustomDomain } from "@pulumi/cloudflare/workersCustomDomain.js";
import { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import { WorkersScriptSubdomain } from "@pulumi/cloudflare/workersScriptSubdomain.js";
import * as pulumi from "@pulumi/pulumi";
import type { PlainBindings, SecretBindings, VersionBinding } from "../../worker/bindings.ts";
import type { Options } from "../settings/index.ts";
import { withErrorHints } from "../shared/error-hints.ts";
import { failIfNameTaken } from "../shared/name-collision.ts";
import { oneOfAKind } from "../shared/one-of-a-kind.ts";
import type { SecretPair } from "../shared/rotation.ts";
import { accessInFront } from "./access.ts";
import { bundleWorker, MAIN_MODULE } from "./bundle.ts";
import { rateLimitBindings } from "./rate-limits.ts";
import { workersDevUrl } from "./workers-dev.ts";

/** The newest local workerd must know it, so that tests run under the same rules as Cloudflare. */
const COMPATIBILITY_DATE = "2026-07-30";
/** Without it the Worker does not notice that a caller has disconnected. */
const COMPATIBILITY_FLAGS = ["enable_request_signal"];

/**
 * Given in full: Cloudflare fills in what is missing, and every refresh would find a difference.
 */
const OBSERVABILITY = {
  enabled: true,
  headSamplingRate: 1,
  logs: { enabled: true, headSamplingRate: 1, invocationLogs: false, persist: true },
  traces: { enabled: false, headSamplingRate: 1, persist: true },
};

export interface FailoverWorkerArgs {
  /** 32 hexadecimal digits. */
  cloudflareAccountId: pulumi.Input<string>;
  /** Script name: up to 63 characters, `[a-z0-9-]`, unique in the account. */
  name: string;
  /** All that `worker/bindings.ts` declares, up to 5 KB each. */
  bindings: {
    plain: { [Name in keyof PlainBindings]: pulumi.Input<string> };
    secret: { [Name in keyof SecretBindings]: SecretPair };
    /** Every `requestsPerMinute` of the clients; a rate may be repeated. Default: none. */
    ratesPerMinute?: readonly number[];
  };
  /** The account's name under workers.dev. Absent: it is looked up at each run. */
  workersSubdomain?: string | undefined;
  /** An address in a zone of the account. Default: none. */
  domain?: Options["domain"];
  /**
   * Whether workers.dev stays on beside `domain`. Default: it is switched off once the domain
   * serves.
   */
  workersDev?: Options["workersDev"];
  /** Cloudflare Access in front of `domain`. Default: none. */
  access?: Options["access"];
  /** Whether to replace an existing Worker of this name. Default: no. */
  adopt?: boolean;
}

export class FailoverWorker extends pulumi.ComponentResource {
  /**
   * The base URL; undefined where the account's name under workers.dev is not known and no domain
   * is given.
   */
  readonly url: pulumi.Output<string | undefined>;
  /** The resources inside, for programs that need more than the outputs. */
  readonly nodes: { readonly script: WorkersScript };

  constructor(name: string, args: FailoverWorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    // Not recorded: secrets, and what one run alone takes over.
    const { bindings: _secrets, adopt: _adopt, ...inputs } = args;
    super("claude-failover:index:FailoverWorker", name, inputs, withErrorHints(name, opts));
    const { cloudflareAccountId: accountId, name: scriptName, domain, access, adopt = false } = args;
    const parent = { parent: this };

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
        ...parent,
        // An upload overwrites. Without the look-up, a replacement would delete the script that it
        // has just uploaded.
        ...(adopt ? { deleteBeforeReplace: true } : { hooks: failIfNameTaken(worker(scriptName), this) }),
      },
    );
    const serveAt = ({ hostname, zoneId }: NonNullable<Options["domain"]>) => {
      // Access first: the address is never open without it.
      const gate = access ? [accessInFront(`${name}-access`, access, { accountId, hostname }, parent)] : [];
      return new WorkersCustomDomain(
        ...oneOfAKind(
          `${name}-domain`,
          hostname,
          { accountId, hostname, zoneId, service: script.scriptName },
          { ...parent, dependsOn: gate },
        ),
      );
    };
    const address = domain && serveAt(domain);
    // The switch of workers.dev. It is turned off last: if Cloudflare refuses the domain,
    // workers.dev goes on serving. Preview URLs are always off: old versions, with old secrets,
    // would stay callable at them.
    const enabled = domain === undefined || args.workersDev === "keep";
    new WorkersScriptSubdomain(
      ...oneOfAKind(
        `${name}-subdomain`,
        [scriptName, ...(typeof accountId === "string" ? [accountId] : [])].join("-"),
        { accountId, scriptName: script.scriptName, enabled, previewsEnabled: false },
        { ...parent, dependsOn: address ? [address] : [] },
      ),
    );

    this.url = address
      ? pulumi.interpolate`https://${address.hostname}`
      : workersDevUrl(accountId, scriptName, args.workersSubdomain);
    this.nodes = { script };
    this.registerOutputs({ url: this.url });
  }
}

function worker(scriptName: string) {
  return { what: `The Worker ${scriptName}`, path: `workers/services/${scriptName}`, adoptable: "worker" };
}

/** Sorted by name: to the provider another order is a change. */
function toBindings(scriptName: string, { plain, secret, ratesPerMinute = [] }: FailoverWorkerArgs["bindings"]) {
  const secretText = (name: string, text: pulumi.Output<string>) => ({
    type: "secret_text",
    name,
    text: pulumi.secret(text),
  });
  return [
    ...Object.entries(plain).map(([name, text]) => ({ type: "plain_text", name, text })),
    ...Object.entries(secret).flatMap(([name, { current, previous }]) => [
      secretText(name, current),
      ...(previous ? [secretText(`${name}_PREVIOUS`, previous)] : []),
    ]),
    ...rateLimitBindings(scriptName, ratesPerMinute),
    { type: "version_metadata", name: "VERSION" satisfies keyof VersionBinding },
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}
