/**
 * Each misconfiguration is named as the only problem, with its cure, and nothing is wrong after the
 * cure was followed.
 */
import { describe, expect, it, onTestFinished } from "vitest";
import { doAsTold } from "./testing/do-as-told.ts";
import type { Misconfiguration } from "./testing/misconfiguration.ts";
import { Patient } from "./testing/patient.ts";
import { WRONG_AFTER_UP } from "./testing/wrong-after-up.ts";
import { WRONG_BEFORE_UP } from "./testing/wrong-before-up.ts";

const NO_CALLS = ["--no-calls"];
const ALL = [...WRONG_BEFORE_UP, ...WRONG_AFTER_UP];

describe.each(["before up", "after up", "drifted"] as const)("doctor, %s", (when) => {
  const cases = ALL.filter((one) => one.when === when).map((one) => [one.what, one] as const);

  it.each(cases)("finds nothing but %s, and its cure helps", async (_what, wrong) => {
    const patient = await start(wrong);
    await wrong.arrange(patient);

    const { ran, lines } = await patient.doctor(...(wrong.argv ?? NO_CALLS));

    const problems = lines.filter(({ verdict }) => verdict === "problem");
    expect(problems.map(({ group, name, text }) => ({ group, name, text }))).toEqual([
      { group: wrong.check[0], name: wrong.check[1], text: matching(wrong.text) },
    ]);
    const [{ cure = "" } = {}] = problems;
    expect(cure).toEqual(matching(wrong.cure));
    expect(ran.status).toBe(1);

    const typed = typeof wrong.typed === "function" ? wrong.typed(patient) : wrong.typed;
    await (wrong.mend ? wrong.mend(patient) : doAsTold(patient, cure, typed));
    const after = await patient.doctor(...(wrong.argvAfter ?? wrong.argv ?? NO_CALLS));

    expect(after.lines.filter(({ verdict }) => verdict === "problem")).toEqual([]);
    expect(after.ran).toMatchObject({ status: 0, report: { outcome: "fine" } });
  });
});

/** Checks whose worst verdict is a note, or that need another CLI, another Node, another account. */
const WITHOUT_CASE = [
  "Node", // machine.test.ts
  "packages", // machine.test.ts
  "newer releases", // newer-releases.test.ts; never a problem
  "CLI", // pulumi.test.ts, as the next four
  "provider plugins",
  "backend",
  "stack",
  "secrets provider",
  "secrets",
  "Workers Observability: Edit", // never a problem
  "script size", // cloudflare-account.test.ts
  "previous key", // never a problem, as the next ones
  "in use",
  "cost of the calls",
  "Fable's consents",
  "on Bedrock",
  "Google credential",
  "clients' tokens",
];

it("has a misconfiguration for every check, and at least thirty", async () => {
  const patient = await start({ when: "after up" });
  const names = new Set((await patient.doctor()).lines.map(({ name }) => name));

  const tested = ALL.map(({ check }) => check[1]);

  expect([...names].filter((name) => !tested.includes(name) && !WITHOUT_CASE.includes(name))).toEqual([]);
  expect(tested.filter((name) => !names.has(name))).toEqual([]);
  expect(ALL.length).toBeGreaterThanOrEqual(30);
});

async function start({ config = {}, when }: Pick<Misconfiguration, "config" | "when">): Promise<Patient> {
  const patient = await Patient.start({ config, isDeployed: when !== "before up" });
  onTestFinished(() => patient.stop());
  return patient;
}

function matching(expected: string | RegExp) {
  return typeof expected === "string" ? expected : expect.stringMatching(expected);
}
