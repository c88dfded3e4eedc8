import { describe, expect, it } from "vitest";
import { Faults } from "../faults/faults.ts";
import { modesOf, SCHEMAS, type TargetKind } from "../faults/targets.ts";
import { faultGroups, faultTable } from "./fault-table.ts";

const KINDS = Object.keys(SCHEMAS) as TargetKind[];

describe("the fault table", () => {
  it.each(KINDS)("describes every mode of %s", (kind) => {
    const group = faultGroups().find(({ targets }) => targets.includes(kind));
    expect(group?.rows.map(({ mode }) => mode)).toEqual(modesOf(kind));
    for (const { description } of group?.rows ?? []) expect(description).toMatch(/^[A-Z].*\.$/);
  });

  it.each(KINDS)("lists all parameters of the faults of %s", (kind) => {
    const group = faultGroups().find(({ targets }) => targets.includes(kind));
    const parameters = SCHEMAS[kind].options.map(({ shape }) =>
      Object.keys(shape).filter((name) => name !== "mode" && name !== "times"),
    );
    const listed = group?.rows.map((row) => [...row.parameters.matchAll(/^(\w+):/gm)].map(([, name]) => name));
    expect(listed).toEqual(parameters);
  });

  it("shows a parameter's default", () => {
    const [providers] = faultGroups();
    expect(providers?.rows.find(({ mode }) => mode === "oversized_error")?.parameters).toBe(
      "status: from 400 to 599, default 400\nbytes: from 1, default 200000",
    );
  });

  it("prints every mode, and every mode can be set", () => {
    const printed = faultTable();
    for (const kind of KINDS) {
      for (const mode of modesOf(kind)) {
        expect(printed).toMatch(new RegExp(`^ {2}${mode}\\b`, "m"));
        const needed = { status: { status: 500 }, slow: { intervalMs: 1 }, gateway_error: { code: 2005 } }[mode];
        expect(() => new Faults().set(kind, { mode, ...needed } as Parameters<Faults["set"]>[1])).not.toThrow();
      }
    }
  });
});
