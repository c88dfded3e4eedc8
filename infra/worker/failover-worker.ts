/**
 * Creates the Worker: its bundle, exactly the bindings that `worker/bindings.ts` declares, and its
 * addresses.
 */
import { WorkersCustomDomain } from "@pulumi/cloudflare/workersCustomDomain.js";
import { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import { WorkersScriptSubdomain } from "@pulumi/cloudflare/workersScriptSubdomain.js";
import * as pulumi from "@pulumi/pulumi";
import type { PlainBindings, SecretBindings, VersionBinding } from "../../worker/bindings.ts";
import type { CountedLimits } from "../../worker/failover/failure-counter.ts";
import type { Options } from "../settings/index.ts";
import { withErrorHints } from "../shared/error-hints.ts";
import { failIfNameTaken } from "../shared/name-collision.ts";
import { oneOfAKind } from "../shared/one-of-a-kind.ts";
import type { SecretPair } from "../shared/rotation.ts";
import { accessInFront } from "./access.ts";
import { bundleWorker, MAIN_MODULE } from "./bundle.ts";
import { failureCounterBindings, rateLimitBindings } from "./rate-limits.ts";
import { workerId } from "./worker-id.ts";
import { workersDevUrl } from "./workers-dev.ts";

/**
 * The installed workerd must support this date, so that tests run under the same rules as
 * Cloudflare.
 */
const COMPATIBILITY_DATE = "2026-07-30";
/** Without `enable_request_signal` the Worker does not notice that a caller has disconnected. */
const COMPATIBILITY_FLAGS = ["enable_request_signal"];

/**
 * Every member is given, because Cloudflare fills in missing ones, and then every refresh would
 * find a difference.
 */
const OBSERVABILITY = {
  enabled: true,
  headSamplingRate: 1,
  logs: { enabled: true, headSamplingRate: 1, invocationLogs: false, persist: true },
  traces: { enabled: false, headSamplingRate: 1, persist: true },
};

export interface FailoverWorkerArgs {
  /** Id of the Cloudflare account: 32 hexadecimal digits. */
  cloudflareAccountId: pulumi.Input<string>;
  /** Script name: up to 63 characters, `[a-z0-9-]`, unique in the account. */
  name: string;
  /** All bindings that `worker/bindings.ts` declares, each with up to 5 KB. */
  bindings: {
    plain: { [Name in keyof PlainBindings]: pulumi.Input<string> };
    secret: { [Name in keyof SecretBindings]: SecretPair };
    /** The values of the clients' `requestsPerMinute`. A value may be repeated. Default: none. */
    ratesPerMinute?: readonly number[];
    /**
     * The breaker's limits, if all isolates of a location count failures together. Default: each
     * isolate counts alone.
     */
    countsFailures?: CountedLimits | undefined;
  };
  /** The account's name under workers.dev. If absent, it is looked up at each run. */
  workersSubdomain?: string | undefined;
  /** The Worker's own address in a zone of the account. Default: none. */
  domain?: Options["domain"];
  /**
   * Whether the Worker also answers at workers.dev when it has a `domain`. Default: workers.dev is
   * switched off when the domain works.
   */
  workersDev?: Options["workersDev"];
  /** Cloudflare Access in front of each address. Default: none. */
  access?: Options["access"];
  /** Whether to replace an existing Worker of this name. Default: no. */
  adopt?: boolean;
}

export class FailoverWorker extends pulumi.ComponentResource {
  /**
   * The base URL. It is undefined if no domain is given and the account's name under workers.dev is
   * unknown.
   */
  readonly url: pulumi.Output<string | undefined>;
  /** Resources of this component, for programs that need more than the outputs. */
  readonly nodes: { readonly script: WorkersScript };

  constructor(name: string, args: FailoverWorkerArgs, opts?: pulumi.ComponentResourceOptions) {
    // The state must not record secrets, nor `adopt`, which applies to a single run.
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
        // An upload overwrites a script of the same name. Without the look-up, a replacement would
        // delete the script that it has just uploaded.
        ...(adopt ? { deleteBeforeReplace: true } : { hooks: failIfNameTaken(worker(scriptName), this) }),
      },
    );
    const serveAt = ({ hostname, zoneId }: NonNullable<Options["domain"]>) => {
      // Access is created first, so that the address is never open without it.
      const gate = access
        ? [accessInFront(`${name}-access`, access, accountId, { kind: "hostname", hostname }, parent)]
        : [];
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
    // This resource switches workers.dev on or off. It waits for Access, and for the domain: if
    // Cloudflare refuses the domain, workers.dev stays on. Preview URLs are always off, because they would keep old
    // versions with old secrets callable.
    const enabled = domain === undefined || args.workersDev === "keep";
    const protectedWorker = () => ({ kind: "worker" as const, scriptName, workerId: workerId(script) });
    const gate =
      access && enabled ? [accessInFront(`${name}-access-worker`, access, accountId, protectedWorker(), parent)] : [];
    new WorkersScriptSubdomain(
      ...oneOfAKind(
        `${name}-subdomain`,
        [scriptName, ...(typeof accountId === "string" ? [accountId] : [])].join("-"),
        { accountId, scriptName: script.scriptName, enabled, previewsEnabled: false },
        { ...parent, dependsOn: [...gate, ...(address ? [address] : [])] },
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

/** Sorts the bindings by name, because the provider treats another order as a change. */
function toBindings(scriptName: string, args: FailoverWorkerArgs["bindings"]) {
  const { plain, secret, ratesPerMinute = [], countsFailures } = args;
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
    ...failureCounterBindings(scriptName, countsFailures),
    { type: "version_metadata", name: "VERSION" satisfies keyof VersionBinding },
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}
