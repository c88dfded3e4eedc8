/**
 * What is wrong with a setting, and what repairs it. A repair is data: `infra/config.ts` prints it
 * as a command of Pulumi's, `npm start` as one of its own options, and a test applies it.
 *
 * A repair always gives a setting's whole value, with the parts that are right unchanged. A part
 * alone cannot be set safely: where a setting is stored as JSON text, `pulumi config set --path`
 * drops every other part.
 */
export interface Fault {
  /** The setting that the repair changes. */
  key: string;
  /** The setting or the part of it that is wrong, such as `clients[0].name`. */
  where: string;
  problem: string;
  repair: Repair;
}

export type Repair =
  /** Gives the setting a new whole value. */
  | { kind: "set"; change: (value: unknown) => unknown }
  | { kind: "remove" }
  /** A secret, or a value that may hold one: it is asked for and never printed. */
  | { kind: "ask" }
  /** A person has to decide. */
  | { kind: "edit"; how: string };

/** The faults of one setting, with one repair for all of them. */
export interface KeyFaults {
  key: string;
  /** `where: problem`, the faults separated by semicolons. */
  text: string;
  repair: { kind: "set"; value: unknown } | Exclude<Repair, { kind: "set" }>;
}

/** Which of two repairs of one setting is left: the one that knows less. */
const PRECEDENCE: readonly Repair["kind"][] = ["edit", "ask", "remove", "set"];

/**
 * One repair for each setting. Two commands for one setting would undo each other, since each gives
 * the whole value.
 *
 * @param values as they are configured, by key
 */
export function byKey(faults: readonly Fault[], values: Readonly<Record<string, unknown>>): KeyFaults[] {
  return [...Map.groupBy(faults, ({ key }) => key)].map(([key, found]) => {
    const text = found.map(({ where, problem }) => `${where}: ${problem}`).join("; ");
    const repairs = found.map(({ repair }) => repair);
    const changes = repairs.flatMap((repair) => (repair.kind === "set" ? [repair.change] : []));
    const first = PRECEDENCE.flatMap((kind) => repairs.filter((repair) => repair.kind === kind))[0];
    if (first && first.kind !== "set") return { key, text, repair: first };
    return { key, text, repair: { kind: "set", value: changes.reduce((value, change) => change(value), values[key]) } };
  });
}

/** A part of a setting as people write it: `clients[0].name`. */
export function written(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}
