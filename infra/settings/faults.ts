/**
 * A fault of a setting, and its repair. A repair is data: `infra/config.ts` prints it as a Pulumi
 * command, `npm start` prints it as one of its own options, and a test applies it.
 *
 * A repair always sets the whole value and keeps its correct parts. Setting only one part is not
 * safe: if the value is stored as JSON text, `pulumi config set --path` drops the other parts.
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
  /** Sets a new value for the whole setting. */
  | { kind: "set"; change: (value: unknown) => unknown }
  | { kind: "remove" }
  /**
   * For a secret, or a value that may contain one. Pulumi asks for the value, and it is never
   * printed.
   */
  | { kind: "ask" }
  /** For a repair that only a person can decide. */
  | { kind: "edit"; how: string };

/** The faults of one setting, with one repair for all of them. */
export interface KeyFaults {
  key: string;
  /** `where: problem`, the faults separated by semicolons. */
  text: string;
  repair: { kind: "set"; value: unknown } | Exclude<Repair, { kind: "set" }>;
}

/**
 * Decides which kind of repair is kept if one setting has several. The most cautious kind comes
 * first.
 */
const PRECEDENCE: readonly Repair["kind"][] = ["edit", "ask", "remove", "set"];

/**
 * Joins the faults of each setting under one repair. Two commands for one setting would undo each
 * other, because each sets the whole value.
 *
 * @param values the configured values by key
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

/** @returns the path of a part as people write it, such as `clients[0].name` */
export function written(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}
