/**
 * Epochs against those that the stack has. The Worker takes the secret of an epoch and of the one
 * before it. So an epoch that skips one leaves the Worker without any secret that somebody holds:
 * every client would be refused.
 */
import type { Fault } from "./faults.ts";
import type { Settings } from "./index.ts";

/**
 * Resources that hold an epoch at the end of their logical name, which begins with the component's.
 */
const KINDS = [
  { suffix: /-gateway-run-(\d+)$/, key: "rotation", part: "gatewayToken" },
  { suffix: /-vertex-(?:key|signing-key)-(\d+)$/, key: "rotation", part: "google" },
] as const;

const CLIENT = /-clients-(.+)-(\d+)$/;

/** @param names logical names of the resources that the last run has left */
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

/** @param made epochs whose secrets exist */
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
      ? `raised from ${newest} to ${epoch}, which ends every secret in use: raise it by one for each run`
      : `lowered from ${newest} to ${epoch}, whose secret is gone: everybody who holds the newer one would be refused`;
  const to = epoch > newest ? next : newest;
  return [{ key, where, problem, repair: { kind: "set", change: (value) => withEpoch(value, to) } }];
}
