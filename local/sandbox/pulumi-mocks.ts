/**
 * Runs the Pulumi program unchanged, in this process, under Pulumi's mock monitor. `resources/`
 * creates each registered resource in the local cloud. Each run has its own Pulumi runtime, so runs
 * can follow one another.
 */
import * as pulumi from "@pulumi/pulumi";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import type * as resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { getStore, withLocalStorage } from "@pulumi/pulumi/runtime/state.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { RESOURCES } from "../resources/index.ts";
import { providerText } from "../resources/provider-errors.ts";
import { mask, unwrap } from "../resources/provider-values.ts";
import { CloudError, type Created, type Inputs } from "../resources/resource-type.ts";
import type { CloudState } from "../state/index.ts";
import { type Change, type DeployedResource, Deployment } from "./deployment.ts";

export interface ProgramRun {
  project: string;
  stack: string;
  /**
   * Stack configuration by full key, such as `claude-failover:clients`. Values are as in a stack
   * file.
   */
  config: Readonly<Record<string, unknown>>;
  /** Keys whose values are secrets. */
  secretKeys: readonly string[];
  /** What earlier runs of the stack have made. Default: nothing. */
  deployment?: Deployment;
  /** Default: the program in infra/. */
  program?: () => Promise<Readonly<Record<string, unknown>>>;
  /**
   * Sees every registration before the resource is created, and can change its inputs. If it
   * returns undefined, the resource is not created, and resources that depend on it get empty
   * outputs.
   */
  intercept?: (registration: Registration) => Inputs | undefined;
}

/** Resource options that the engine receives in addition to the inputs. */
export interface EngineOptions {
  /** Children inherit it from their component. */
  protect: boolean;
  /** For what a cloud has only once: a replacement deletes first. */
  deleteBeforeReplace: boolean;
  /** Earlier names: state under one of them becomes this resource. */
  aliases: readonly string[];
}

export interface Registration extends EngineOptions {
  type: string;
  name: string;
  /** Secrets are unwrapped. */
  inputs: Inputs;
  /** The inputs as JSON with every secret masked: what a state file shows in clear text. */
  plainText: string;
}

export interface RunResult {
  /** Stack outputs; secrets are unwrapped. */
  outputs: Record<string, unknown>;
  /** Names of the outputs that are secret. */
  secretOutputs: readonly string[];
  /** Custom resources in the order of creation, without providers. */
  registrations: readonly Registration[];
  /** Components in the order of creation. Inputs are as in the state, with secrets masked. */
  components: readonly { type: string; name: string; inputs: unknown }[];
  /** What the run did, in order. */
  changes: readonly Change[];
  /** Names of the hooks that the program registered. */
  hooks: readonly string[];
  /** Messages that the program logged, without debug messages. */
  messages: readonly string[];
}

/**
 * @throws {CloudError} when a cloud refuses a request
 * @throws {pulumi.RunError} when the program refuses its configuration
 */
export function runProgram(state: CloudState, run: ProgramRun): Promise<RunResult> {
  return withLocalStorage(async () => {
    const before = run.deployment?.resources ?? [];
    const registrations: Registration[] = [];
    const components: { type: string; name: string; inputs: unknown }[] = [];
    const hooks: string[] = [];
    const deployment = run.deployment ?? new Deployment(state);
    const providers = new Map<string, Inputs>();
    const providerArgs = (reference = "") => providers.get(reference.split("::").at(-1) ?? "");
    const engineOptions = new Map<string, EngineOptions>();
    const refusal = Promise.withResolvers<never>();
    const config = Object.entries(run.config).map(([key, value]) => [key, asConfigText(value)] as const);
    pulumi.runtime.setAllConfig(Object.fromEntries(config), [...run.secretKeys]);

    const create = async ({ type, name, inputs, provider }: pulumi.runtime.MockResourceArgs): Promise<Created> => {
      if (type.startsWith("pulumi:providers:")) {
        const id = `${name}-id`;
        providers.set(id, unwrap(inputs));
        return { id, outputs: inputs };
      }
      const resourceType = RESOURCES[type];
      if (!resourceType) throw new CloudError(`The local cloud does not know the resource type ${type}.`);
      const registration: Registration = {
        type,
        name,
        inputs: unwrap(inputs),
        plainText: JSON.stringify(mask(inputs)),
        ...(engineOptions.get(`${type} ${name}`) ?? { protect: false, deleteBeforeReplace: false, aliases: [] }),
      };
      registrations.push(registration);
      const accepted = run.intercept ? run.intercept(registration) : registration.inputs;
      if (!accepted)
        return { id: "not-created", outputs: Object.fromEntries(resourceType.computed.map((output) => [output, ""])) };
      const providerInputs = providerArgs(provider);
      if (!providerInputs) throw new CloudError(`${type} ${name} has no provider, and default providers are disabled.`);
      try {
        return await deployment.apply(registration, accepted, providerInputs);
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        throw new CloudError(`${type} ${name}: ${providerText(error, resourceType.request?.("create", accepted, ""))}`);
      }
    };

    /**
     * Ends the run with this error. The returned promise never settles: Pulumi would not handle its
     * rejection, and Node would report it.
     */
    const refuse = (error: unknown): Promise<never> => {
      refusal.reject(error);
      return new Promise(() => undefined);
    };

    await pulumi.runtime.setMocks(
      {
        newResource: async (args) => {
          if (args.custom === false) {
            components.push({ type: args.type, name: args.name, inputs: mask(args.inputs) });
            return { id: undefined, state: args.inputs };
          }
          const { id, outputs, secretOutputs = [] } = await create(args).catch(refuse);
          const state = Object.entries(outputs).map(([key, value]) => [
            key,
            secretOutputs.includes(key) ? pulumi.secret(value) : value,
          ]);
          return { id, state: { ...args.inputs, ...Object.fromEntries(state) } };
        },
        call: async ({ token, inputs }) => {
          // The engine answers this call itself.
          if (token === "pulumi:pulumi:readStackResourceOutputs")
            return { name: inputs.stackName, outputs: byUrn(before, run) };
          return refuse(new CloudError(`The local cloud does not know the look-up ${token}.`));
        },
      },
      run.project,
      run.stack,
      false,
      "organization",
    );
    completeMonitor({
      onRegister: (resource, options) => engineOptions.set(resource, options),
      onHook: (hook) => hooks.push(hook),
    });
    const messages: string[] = [];
    getStore().settings.engine = {
      log(request, callback) {
        // Debug messages contain the inputs, secrets included.
        if (request.getSeverity() > engineProto.LogSeverity.DEBUG) messages.push(request.getMessage());
        callback();
      },
      setRootResource: (_request, callback) => callback(null),
    };
    const program = run.program ?? (await import("../../infra/index.ts")).default;
    let outputs: Readonly<Record<string, unknown>> = {};
    const finished = async () => {
      await pulumi.runtime.runInPulumiStack(async () => {
        outputs = await program().catch(refuse);
      });
      // Waits for resources that no output depends on.
      await pulumi.runtime.disconnect();
      return resolveOutputs(outputs);
    };
    const result = await Promise.race([finished(), refusal.promise]);
    return { ...result, changes: deployment.finish(), registrations, components, hooks, messages };
  });
}

interface MonitorEvents {
  /** Called before each registration. A resource is named `type name`. */
  onRegister(resource: string, options: EngineOptions): void;
  /** Called with the name of each hook. */
  onHook(name: string): void;
}

/**
 * Makes this run's mock monitor accept hooks, on which Pulumi's own mock fails, and report resource
 * options. Hooks do not run.
 */
export function completeMonitor({ onRegister, onHook }: MonitorEvents): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor; // set by setMocks
  const { registerResource } = monitor;
  const accept = (request: { getName(): string }, callback: (error: null, answer: object) => void) => {
    onHook(request.getName());
    callback(null, new emptyProto.Empty());
  };
  Object.assign(monitor, {
    registerResourceHook: accept,
    registerErrorHook: accept,
    registerResource(
      request: resourceProto.RegisterResourceRequest,
      callback: (error: unknown, answer: unknown) => void,
    ) {
      onRegister(`${request.getType()} ${request.getName()}`, {
        protect: request.getProtect() ?? false,
        deleteBeforeReplace: request.getDeletebeforereplace(),
        aliases: request.getAliasesList().flatMap((alias) => alias.getSpec()?.getName() ?? []),
      });
      return registerResource.call(monitor, request, callback);
    },
  });
}

/** What the state holds, as the engine tells the program. */
function byUrn(resources: readonly DeployedResource[], { project, stack }: ProgramRun) {
  return Object.fromEntries(
    resources.map(({ type, name, outputs }) => [
      `urn:pulumi:${stack}::${project}::${type}::${name}`,
      { type, outputs },
    ]),
  );
}

function asConfigText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

async function resolveOutputs(outputs: Readonly<Record<string, unknown>>) {
  const values: Record<string, unknown> = {};
  const secretOutputs: string[] = [];
  for (const [name, output] of Object.entries(outputs)) {
    const known: pulumi.Output<unknown> = pulumi.output(output);
    if (await pulumi.isSecret(known)) secretOutputs.push(name);
    values[name] = await new Promise((resolve) => known.apply(resolve));
  }
  return { outputs: values, secretOutputs };
}
