/**
 * Runs the infrastructure program, unchanged and in this process, under Pulumi's mock monitor: what it registers is made in
 * the local cloud by `resources/`. Each run has a Pulumi runtime of its own, so any number can follow one another.
 */
import * as pulumi from "@pulumi/pulumi";
import engineProto from "@pulumi/pulumi/proto/engine_pb.js";
import type * as resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { getStore, withLocalStorage } from "@pulumi/pulumi/runtime/state.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import { LOOK_UPS, RESOURCES } from "../resources/index.ts";
import { providerText } from "../resources/provider-errors.ts";
import { mask, unwrap } from "../resources/provider-values.ts";
import { CloudError, type Created, type Inputs } from "../resources/resource-type.ts";
import type { CloudState } from "../state/index.ts";

export interface ProgramRun {
  project: string;
  stack: string;
  /** Stack configuration by full key, such as `claude-failover:clients`; values as a stack file's YAML has them. */
  config: Readonly<Record<string, unknown>>;
  /** Keys whose values are secrets. */
  secretKeys: readonly string[];
  /** Default: the one in infra/. */
  program?: () => Promise<Readonly<Record<string, unknown>>>;
  /**
   * What is registered passes through here first. Undefined: it is left out, as if the program had forgotten it; what others
   * would have got from it is empty.
   */
  intercept?: (registration: Registration) => Inputs | undefined;
}

/** Of what the engine is told of a resource beside its inputs. */
export interface EngineOptions {
  /** A component's protection covers its children. */
  protect: boolean;
  /** What is in the state under one of these names becomes this resource. */
  aliases: readonly string[];
}

export interface Registration extends EngineOptions {
  type: string;
  name: string;
  /** Secrets are unwrapped. */
  inputs: Inputs;
  /** The same as JSON, with a mark in place of each secret: what a state file shows in clear. */
  plainText: string;
}

export interface RunResult {
  /** Stack outputs; secrets are unwrapped. */
  outputs: Record<string, unknown>;
  /** Names of the outputs that are secret. */
  secretOutputs: readonly string[];
  /** Custom resources in the order of their creation, providers excluded. */
  registrations: readonly Registration[];
  /** Components in the order of their creation, with the inputs that the state keeps, secrets masked. */
  components: readonly { type: string; name: string; inputs: unknown }[];
  /** Names of the hooks that the program has registered. */
  hooks: readonly string[];
  /** What the program has said to its user. */
  messages: readonly string[];
}

/** @throws {CloudError} what a cloud refuses; {pulumi.RunError} what the program refuses. */
export function runProgram(state: CloudState, run: ProgramRun): Promise<RunResult> {
  return withLocalStorage(async () => {
    const registrations: Registration[] = [];
    const components: { type: string; name: string; inputs: unknown }[] = [];
    const hooks: string[] = [];
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
      const kind = RESOURCES[type];
      if (!kind) throw new CloudError(`The local cloud does not know the resource type ${type}.`);
      const registration: Registration = {
        type,
        name,
        inputs: unwrap(inputs),
        plainText: JSON.stringify(mask(inputs)),
        ...(engineOptions.get(`${type} ${name}`) ?? { protect: false, aliases: [] }),
      };
      registrations.push(registration);
      const accepted = run.intercept ? run.intercept(registration) : registration.inputs;
      if (!accepted)
        return { id: "left-out", outputs: Object.fromEntries(kind.computed.map((output) => [output, ""])) };
      const given = providerArgs(provider);
      if (!given) throw new CloudError(`${type} ${name}: default providers are disabled, and it was given none.`);
      try {
        return await kind.create(state, accepted, given);
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        throw new CloudError(`${type} ${name}: ${providerText(error, kind.request?.("create", accepted, ""))}`);
      }
    };

    /** Ends the run. What waits for the refused never goes on: rejecting it would reject promises that nobody holds. */
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
        call: async ({ token, inputs, provider }) => {
          // The engine's own answer about a stack that is new.
          if (token === "pulumi:pulumi:readStackResourceOutputs") return { name: inputs.stackName, outputs: {} };
          try {
            const lookUp = LOOK_UPS[token];
            if (!lookUp) throw new CloudError(`The local cloud does not know the look-up ${token}.`);
            const given = providerArgs(provider);
            if (!given) throw new CloudError(`${token}: default providers are disabled, and it was given none.`);
            return lookUp(state, inputs, given);
          } catch (error) {
            return refuse(error);
          }
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
        // What it says for debugging only has the inputs in it.
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
      // Resources that no output waits for.
      await pulumi.runtime.disconnect();
      return resolveOutputs(outputs);
    };
    return { ...(await Promise.race([finished(), refusal.promise])), registrations, components, hooks, messages };
  });
}

interface MonitorEvents {
  /** Each resource, as `type name`, before it is registered. */
  onRegister(resource: string, options: EngineOptions): void;
  /** Each hook's name. */
  onHook(name: string): void;
}

/** This run's monitor takes hooks, which nothing here runs, where Pulumi's mock would fail on them. */
export function completeMonitor({ onRegister, onHook }: MonitorEvents): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor; // what setMocks has put there
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
        aliases: request.getAliasesList().flatMap((alias) => alias.getSpec()?.getName() ?? []),
      });
      return registerResource.call(monitor, request, callback);
    },
  });
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
