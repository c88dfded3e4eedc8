/**
 * Runs the infrastructure program, unchanged and in this process, under Pulumi's mock monitor: what it registers is made in
 * the local cloud by `resources/`. Each run has a Pulumi runtime of its own, so any number can follow one another.
 */
import * as pulumi from "@pulumi/pulumi";
import { withLocalStorage } from "@pulumi/pulumi/runtime/state.js";
import { mask, unwrap } from "./provider-values.ts";
import { LOOK_UPS, RESOURCES } from "./resources/index.ts";
import { CloudError, type Created, type Inputs } from "./resources/kind.ts";
import type { CloudState } from "./state.ts";

export interface ProgramRun {
  project: string;
  stack: string;
  /** Stack configuration by full key, such as `claude-failover:clients`; values as a stack file's YAML has them. */
  config: Readonly<Record<string, unknown>>;
  /** Keys whose values are secrets. */
  secretKeys: readonly string[];
  /**
   * What is registered passes through here first. Undefined: it is left out, as if the program had forgotten it; what others
   * would have got from it is empty.
   */
  intercept?: (registration: Registration) => Inputs | undefined;
}

export interface Registration {
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
}

/** @throws {CloudError} what a cloud refuses; {pulumi.RunError} what the program refuses. */
export function runProgram(state: CloudState, run: ProgramRun): Promise<RunResult> {
  return withLocalStorage(async () => {
    const registrations: Registration[] = [];
    const providers = new Map<string, Inputs>();
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
      const registration = { type, name, inputs: unwrap(inputs), plainText: JSON.stringify(mask(inputs)) };
      registrations.push(registration);
      const accepted = run.intercept ? run.intercept(registration) : registration.inputs;
      if (!accepted)
        return { id: "left-out", outputs: Object.fromEntries(kind.computed.map((output) => [output, ""])) };
      const providerArgs = providers.get(provider?.split("::").at(-1) ?? "");
      if (!providerArgs)
        throw new CloudError(`${type} ${name}: default providers are disabled, and it was given none.`);
      try {
        return await kind.create(state, accepted, providerArgs);
      } catch (error) {
        throw error instanceof CloudError ? new CloudError(`${type} ${name}: ${error.message}`) : error;
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
          if (args.custom === false) return { id: undefined, state: args.inputs };
          const { id, outputs, secretOutputs = [] } = await create(args).catch(refuse);
          const state = Object.entries(outputs).map(([key, value]) => [
            key,
            secretOutputs.includes(key) ? pulumi.secret(value) : value,
          ]);
          return { id, state: { ...args.inputs, ...Object.fromEntries(state) } };
        },
        call: async ({ token, inputs }) => {
          const lookUp = LOOK_UPS[token];
          if (!lookUp) return refuse(new CloudError(`The local cloud does not know the look-up ${token}.`));
          try {
            return lookUp(state, inputs);
          } catch (error) {
            return refuse(error);
          }
        },
      },
      run.project,
      run.stack,
    );
    const { default: program } = await import("../infra/index.ts");
    let outputs: Readonly<Record<string, unknown>> = {};
    const finished = async () => {
      await pulumi.runtime.runInPulumiStack(async () => {
        outputs = await program().catch(refuse);
      });
      // Resources that no output waits for.
      await pulumi.runtime.disconnect();
      return resolveOutputs(outputs);
    };
    return { ...(await Promise.race([finished(), refusal.promise])), registrations };
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
