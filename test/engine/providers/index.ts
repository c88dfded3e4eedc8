/**
 * Serves the local cloud to the real Pulumi engine: one provider per package, each on its own port.
 * `PULUMI_DEBUG_PROVIDERS` gives the engine the ports. The state is in this process, so tests see
 * what an `up` has created.
 */
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Inputs } from "../../../local/resources/resource-type.ts";
import type { CloudState } from "../../../local/state/index.ts";
import type { OperationHooks } from "./operations.ts";
import { providerService } from "./service.ts";

const PACKAGES = ["cloudflare", "gcp", "random", "tls"] as const;
type Package = (typeof PACKAGES)[number];

/** Arguments that a real provider reads from its environment. */
const ENVIRONMENT: Readonly<Record<Package, Readonly<Record<string, string>>>> = {
  cloudflare: { apiToken: "CLOUDFLARE_API_TOKEN" },
  gcp: {},
  random: {},
  tls: {},
};

export type Environment = Readonly<Record<string, string | undefined>>;

export class LocalProviders implements OperationHooks {
  onOperation: OperationHooks["onOperation"];
  onDone: OperationHooks["onDone"];
  readonly #served: { server: Server; address: string }[] = [];

  private constructor() {}

  /**
   * @param environment gives the CLI's environment in the current run, which a real provider
   * inherits
   */
  static async start(state: CloudState, environment: () => Environment): Promise<LocalProviders> {
    const providers = new LocalProviders();
    for (const name of PACKAGES) {
      const server = new Server();
      const defaults = () => argumentsFrom(name, environment());
      const options = { state, version: versionOf(name), defaults, hooks: providers };
      server.addService(ResourceProviderService, providerService(options));
      const bind = promisify(server.bindAsync.bind(server));
      const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
      providers.#served.push({ server, address: `${name}:${port}` });
    }
    return providers;
  }

  /** The value of `PULUMI_DEBUG_PROVIDERS`. */
  get addresses(): string {
    return this.#served.map(({ address }) => address).join(",");
  }

  stop(): void {
    for (const { server } of this.#served) server.forceShutdown();
  }
}

function argumentsFrom(name: Package, environment: Environment): Inputs {
  const given = Object.entries(ENVIRONMENT[name]).map(([argument, variable]) => [argument, environment[variable]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

function versionOf(name: Package): string {
  return createRequire(import.meta.url)(`@pulumi/${name}/package.json`).version;
}
