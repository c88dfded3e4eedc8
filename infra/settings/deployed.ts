/**
 * What the last run of this stack has left, read from its state by the engine: some mistakes show
 * only beside it, such as an epoch that is raised by two. Nothing is asked of a cloud.
 */
import * as pulumi from "@pulumi/pulumi";

export interface DeployedResource {
  /** Such as `cloudflare:index/workersScript:WorkersScript`. */
  type: string;
  /** Logical name. */
  name: string;
  /** As the state has them; secrets may be among them in clear, so none is ever printed. */
  outputs: Readonly<Record<string, unknown>>;
}

/** An invoke of the engine's own; pkg/resource/deploy/builtins.go in pulumi/pulumi. */
const READ_STATE = "pulumi:pulumi:readStackResourceOutputs";

interface State {
  outputs?: Readonly<Record<string, { type: string; outputs: Readonly<Record<string, unknown>> }>>;
}

/** @returns an empty list for a new stack, and where the state cannot be read. */
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
