/**
 * The client that may rehearse a failover. The Worker ignores the header of any other client, so a
 * drill without such a client would prove nothing.
 */

import { z } from "zod";
import { repairCommand } from "../../infra/settings/commands.ts";
import type { Settings } from "../../infra/settings/index.ts";
import { type KnownClient, parseClient } from "../../worker/client-line.ts";
import type { Clouds } from "../clouds/clouds.ts";
import { Failure } from "../command/failure.ts";
import type { Outputs } from "../stack/stack.ts";
import type { CloudflareNames } from "./deployment.ts";

export interface OperatorClient {
  name: string;
  token: string;
  /** Undefined: no limit. */
  requestsPerMinute: number | undefined;
}

const NEW_NAME = "oncall";
const BINDINGS = z.object({
  bindings: z.array(z.object({ name: z.string(), text: z.string().optional() })),
});

/**
 * @param clients as they are configured, so that the cure keeps them
 * @throws {Failure} if there is none, or if it is not deployed
 */
export function operatorClient(
  { clients }: Pick<Settings, "clients">,
  { clientTokens }: Outputs,
  configured: unknown,
): OperatorClient {
  const operators = clients.filter(({ operator }) => operator);
  if (operators.length === 0) {
    throw new Failure("problem", "no client is an operator, so the Worker ignores a drill", cure(clients, configured));
  }
  for (const { name, requestsPerMinute } of operators) {
    const token = clientTokens[name];
    if (token !== undefined) return { name, token, requestsPerMinute };
  }
  throw new Failure("problem", `the client ${operators[0]?.name} is configured, but not deployed`, "pulumi up");
}

/**
 * The Worker that serves must know the client as an operator. What cannot be read is no reason to
 * stop: the drill itself will show it.
 * @throws {Failure}
 */
export async function requireDeployedOperator(
  name: string,
  { cloudflare }: Clouds,
  { account, worker }: CloudflareNames,
): Promise<void> {
  const answer = await cloudflare.get(`accounts/${account}/workers/scripts/${worker}/settings`, BINDINGS);
  if (answer.kind !== "ok") return;
  const lines = answer.value.bindings.flatMap(({ name: binding, text }) =>
    /^CLIENTS_\d+$/.test(binding) && text !== undefined ? text.split("\n") : [],
  );
  const known = lines.flatMap(readLine);
  if (known.length === 0 || known.some((client) => client.name === name && client.operator)) return;
  throw new Failure("problem", `the deployed Worker does not know the client ${name} as an operator`, "pulumi up");
}

function readLine(line: string): KnownClient[] {
  try {
    return [parseClient(line)];
  } catch {
    return [];
  }
}

/** A client of its own, because its token may make targets fail. */
function cure(clients: Settings["clients"], configured: unknown): string {
  const before: readonly unknown[] = Array.isArray(configured) ? configured : clients.map(({ name }) => name);
  const name = clients.some((client) => client.name === NEW_NAME) ? `${NEW_NAME}-2` : NEW_NAME;
  const value = [...before, { name, operator: true }];
  return `${repairCommand({ key: "clients", repair: { kind: "set", value } })} && pulumi up`;
}
