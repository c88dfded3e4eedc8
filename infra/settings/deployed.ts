/**
 * Reads the resources that the last run of this stack left. The engine reads them from the state,
 * so no cloud is called. Some mistakes can be found only with these resources, such as an epoch
 * that is raised by two.
 */
import * as pulumi from "@pulumi/pulumi";

export interface DeployedResource {
  /** Pulumi's type, such as `cloudflare:index/workersScript:WorkersScript`. */
  type: string;
  /** Logical name. */
  name: string;
  /** Outputs from the state. They may contain secrets as plain text, so never print them. */
  outputs: Readonly<Record<string, unknown>>;
}

/** A function of the engine itself. Source: pkg/resource/deploy/builtins.go in pulumi/pulumi. */
const READ_STATE = "pulumi:pulumi:readStackResourceOutputs";

interface State {
  outputs?: Readonly<Record<string, { type: string; outputs: Readonly<Record<string, unknown>> }>>;
}

/** @returns an empty list if the stack is new or the state cannot be read */
export async function deployedResources(): Promise<readonly DeployedResource[]> {
  try {
    const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    const { outputs = {} }: State = await pulumi.runtime.invoke(READ_STATE, { stackName });
    return Object.entries(outputs).map(([urn, { type, outputs }]) => ({
      type,
      name: urn.split("::").at(-1) ?? "",
      outputs,
    }));
  } catch (error) {
    pulumi.log.debug(`The stack's state cannot be read: ${String(error)}`);
    return [];
  }
}
