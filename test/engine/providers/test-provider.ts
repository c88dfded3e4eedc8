/** Calls the local cloud's providers over gRPC as the engine does, but without an engine. */
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll } from "vitest";
import type { Inputs } from "../../../local/resources/resource-type.ts";
import {
  addAccount,
  addProject,
  type CloudflareAccount,
  emptyState,
  type GoogleProject,
} from "../../../local/state/index.ts";
import { LocalProviders } from "./index.ts";

export const ACCOUNT_ID = "10ca1c10d00000000000000000000000";
export const PROJECT_ID = "test-project";
export const DEPLOY_TOKEN = "t".repeat(40);

/** Settings of a gateway in which a refresh finds no change. */
export const GATEWAY_SETTINGS = {
  authentication: true,
  byokOnly: true,
  cacheInvalidateOnUpdate: false,
  cacheTtl: 0,
  collectLogs: true,
  logManagement: 100_000,
  logManagementStrategy: "DELETE_OLDEST",
  logpush: false,
  rateLimitingInterval: 0,
  rateLimitingLimit: 0,
  rateLimitingTechnique: "fixed",
  zdr: false,
};

export interface Made {
  type: string;
  id: string;
  inputs: Inputs;
  outputs: Inputs;
}

export interface Refreshed {
  id: string;
  inputs: Inputs;
  outputs: Inputs;
}

export class TestProvider {
  readonly state = emptyState();
  readonly account: CloudflareAccount = addAccount(this.state, ACCOUNT_ID, "test");
  readonly project: GoogleProject = addProject(this.state, PROJECT_ID, "100000000000");
  #providers: LocalProviders | undefined;
  /** The clients by package. */
  readonly #clients = new Map<string, ResourceProviderClient>();

  async start(): Promise<void> {
    this.account.deployTokens.add(DEPLOY_TOKEN);
    for (const name of ["aiplatform", "iam"]) this.project.enabledServices.add(`${name}.googleapis.com`);
    this.#providers = await LocalProviders.start(this.state, () => ({ CLOUDFLARE_API_TOKEN: DEPLOY_TOKEN }));
    for (const entry of this.#providers.addresses.split(",")) {
      const [name = "", port] = entry.split(":");
      this.#clients.set(name, new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure()));
    }
  }

  stop(): void {
    for (const client of this.#clients.values()) client.close();
    this.#providers?.stop();
  }

  get hooks(): LocalProviders {
    if (!this.#providers) throw new Error("the providers are not up yet");
    return this.#providers;
  }

  async create(type: string, inputs: Inputs): Promise<Made> {
    const client = this.#clientOf(type);
    const request = new providerProto.CreateRequest().setUrn(urnOf(type)).setProperties(struct(inputs));
    const answer = await promisify<typeof request, providerProto.CreateResponse>(client.create.bind(client))(request);
    return { type, id: answer.getId(), inputs, outputs: plain(answer.getProperties()) };
  }

  async delete({ type, id, inputs, outputs }: Made): Promise<void> {
    const client = this.#clientOf(type);
    const request = new providerProto.DeleteRequest()
      .setUrn(urnOf(type))
      .setId(id)
      .setProperties(struct(outputs))
      .setOldInputs(struct(inputs));
    await promisify<typeof request, unknown>(client.delete.bind(client))(request);
  }

  /** @returns undefined if the resource is gone */
  async refresh({ type, id, inputs, outputs }: Made): Promise<Refreshed | undefined> {
    const client = this.#clientOf(type);
    const request = new providerProto.ReadRequest()
      .setUrn(urnOf(type))
      .setId(id)
      .setInputs(struct(inputs))
      .setProperties(struct(outputs));
    const answer = await promisify<typeof request, providerProto.ReadResponse>(client.read.bind(client))(request);
    if (answer.getId() === "") return undefined;
    return { id: answer.getId(), inputs: plain(answer.getInputs()), outputs: plain(answer.getProperties()) };
  }

  import(type: string, importId: string): Promise<Refreshed | undefined> {
    return this.refresh({ type, id: importId, inputs: {}, outputs: {} });
  }

  /**
   * @returns the arguments that a preview with refresh would change; "gone" if it would create the
   * resource again
   */
  async drift(made: Made): Promise<readonly string[] | "gone"> {
    const refreshed = await this.refresh(made);
    return refreshed ? this.changes(made.type, refreshed, made.inputs) : "gone";
  }

  async changes(type: string, before: Refreshed, wanted: Inputs): Promise<readonly string[]> {
    const client = this.#clientOf(type);
    const request = new providerProto.DiffRequest()
      .setUrn(urnOf(type))
      .setId(before.id)
      .setOldInputs(struct(before.inputs))
      .setOlds(struct(before.outputs))
      .setNews(struct(wanted));
    const answer = await promisify<typeof request, providerProto.DiffResponse>(client.diff.bind(client))(request);
    return answer.getDiffsList().sort();
  }

  #clientOf(type: string): ResourceProviderClient {
    const client = this.#clients.get(type.split(":")[0] ?? "");
    if (!client) throw new Error(`there is no provider for ${type}`);
    return client;
  }
}

export function useProvider(): TestProvider {
  const provider = new TestProvider();
  beforeAll(() => provider.start());
  afterAll(() => provider.stop());
  return provider;
}

function urnOf(type: string): string {
  return `urn:pulumi:stack::project::${type}::name`;
}

function struct(value: Inputs): structProto.Struct {
  return structProto.Struct.fromJavaScript(JSON.parse(JSON.stringify(value)));
}

function plain(value: structProto.Struct | undefined): Inputs {
  return value?.toJavaScript() ?? {};
}
