/**
 * Compares the configured epochs with those of the deployed secrets. The Worker accepts the secret
 * of an epoch and that of the epoch before. If an epoch is raised by two, the Worker accepts no
 * secret that a client has, so every client would be refused.
 */
import type { Fault } from "./faults.ts";
import type { Settings } from "./index.ts";

/** Resources whose logical name ends with an epoch. */
const KINDS = [
  { suffix: /-gateway-run-(\d+)$/, key: "rotation", part: "gatewayToken" },
  { suffix: /-vertex-(?:key|signing-key)-(\d+)$/, key: "rotation", part: "google" },
] as const;

const CLIENT = /-clients-(.+)-(\d+)$/;

/** @param names logical names of the resources that the last run left */
export function epochFaults(
  { clients, rotation, gatewayToken }: Pick<Settings, "clients" | "rotation" | "gatewayToken">,
  names: readonly string[],
): Fault[] {
  const clientFaults = clients.flatMap(({ name, formerName, epoch }, index) => {
    const made = names.flatMap((resource) => {
      const [, client, number] = CLIENT.exec(resource) ?? [];
      return client === name || (client !== undefined && client === formerName) ? [Number(number)] : [];
    });
    return fault(made, epoch, `clients[${index}].epoch`, "clients", (all, to) =>
      (all as unknown[]).map((client, at) =>
        at === index ? { ...(typeof client === "string" ? { name: client } : (client as object)), epoch: to } : client,
      ),
    );
  });
  const rotationFaults = KINDS.flatMap(({ suffix, key, part }) => {
    if (part === "gatewayToken" && gatewayToken !== undefined) return [];
    const made = names.flatMap((resource) => suffix.exec(resource)?.[1] ?? []).map(Number);
    return fault(made, rotation[part].epoch, `rotation.${part}.epoch`, key, (all, to) => {
      const whole = (all ?? {}) as Record<string, object>;
      return { ...whole, [part]: { ...whole[part], epoch: to } };
    });
  });
  return [...clientFaults, ...rotationFaults];
}

/** @param made the epochs whose secrets exist */
function fault(
  made: readonly number[],
  epoch: number,
  where: string,
  key: string,
  withEpoch: (value: unknown, epoch: number) => unknown,
): Fault[] {
  if (made.length === 0) return [];
  const newest = Math.max(...made);
  if (epoch === newest + 1 || made.includes(epoch)) return [];
  const next = newest + 1;
  const problem =
    epoch > newest
      ? `raised from ${newest} to ${epoch}, which would delete every secret in use: raise it by one for each run`
      : `lowered from ${newest} to ${epoch}, whose secret is deleted: everybody with the newer secret would be refused`;
  const to = epoch > newest ? next : newest;
  return [{ key, where, problem, repair: { kind: "set", change: (value) => withEpoch(value, to) } }];
}
