/**
 * Serves the local cloud to the real Pulumi engine: one provider a package, each on a port of its own, to which the engine is
 * sent by `PULUMI_DEBUG_PROVIDERS`. State is this process's, so whatever else runs on it sees what an `up` has made.
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

/** Arguments that a provider reads from its environment. */
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

  /** @param environment of the run at hand: a real provider is a child of the CLI, and has the CLI's. */
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

  /** Value of `PULUMI_DEBUG_PROVIDERS`. */
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
