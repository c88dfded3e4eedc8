/**
 * A run is interrupted after each operation in turn. Then the test follows docs/changes.md, and
 * in the end the stack is complete and the clouds contain nothing that the state does not name. By
 * default the interrupt is SIGKILL after the effect, which loses most. INTERRUPTS=all adds SIGINT,
 * and both signals before the effect.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deleteExtraAccess, followAdvice } from "./advice.ts";
import { Callers, isServed } from "./callers.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";
import { inventory } from "./inventory.ts";
import { type Operation, operationName } from "./providers/operations.ts";

const ZONE_ID = "0123456789abcdef0123456789abcdef";
const STACK = "one";
/** Together with `googleAuth`, all kinds of resources that a stack can have. */
const COMMON = {
  ...REQUIRED,
  googleRole: "predictOnly",
  domain: { hostname: "claude.example.com", zoneId: ZONE_ID },
  access: { emailDomains: ["example.com"] },
};
const KINDS = {
  serviceAccountKey: {},
  workloadIdentity: { googleAuth: "workloadIdentity", googleImpersonation: true },
};

const MODES = [
  { signal: "SIGKILL", when: "after" },
  ...(process.env.INTERRUPTS === "all"
    ? ([
        { signal: "SIGKILL", when: "before" },
        { signal: "SIGINT", when: "after" },
        { signal: "SIGINT", when: "before" },
      ] as const)
    : []),
] as const;
/** More than the number of operations in a run. */
const MAX_RUNS = 40;

for (const { signal, when } of MODES) {
  for (const [kind, more] of Object.entries(KINDS)) {
    describeEngine(`${signal} ${when} the effect of each operation, with ${kind},`, () => suite(signal, when, more));
  }
}

function suite(signal: NodeJS.Signals, when: "before" | "after", more: object): void {
  let engine: Engine;
  const deletedTokens: string[] = [];

  beforeAll(async () => {
    engine = await Engine.start();
    engine.account.zones.set(ZONE_ID, "example.com");
    await engine.addStack(STACK);
  });
  afterAll(() => engine?.stop());

  it("`up` creates a stack that serves, and leaves nothing unknown", { timeout: 900_000 }, async () => {
    const up = ["up", "--yes", "--skip-preview", "--stack", STACK, ...settings({ ...COMMON, ...more })];
    const interrupted = await interruptInTurn(up);

    expect(interrupted.length).toBeGreaterThan(10);
    const callers = new Callers(engine);
    const { url } = await engine.outputs(STACK);
    const { default: token = "" } = await engine.clientTokens(STACK);
    expect(await callers.ask(url as string, token)).toSatisfy(isServed);
    await callers.stop();
    expect(unknownIds(engine)).toEqual([]);
    if (signal === "SIGKILL" && when === "after") expect(deletedTokens).toHaveLength(1);
  });

  it("`destroy` removes the stack completely", { timeout: 900_000 }, async () => {
    const destroy = ["destroy", "--yes", "--skip-preview", "--stack", STACK, "--run-program"];
    const interrupted = await interruptInTurn(destroy);

    expect(interrupted.length).toBeGreaterThan(10);
    expect(inventory(engine.account, engine.project)).toEqual([]);
  });

  /**
   * Runs until a run succeeds, and interrupts each run at another operation. @returns these
   * operations
   */
  async function interruptInTurn(args: readonly string[]): Promise<string[]> {
    const interrupted = new Set<string>();
    let options: readonly string[] = [];
    for (let runs = 0; runs < MAX_RUNS; runs++) {
      let hit: string | undefined;
      let kill: ((signal: NodeJS.Signals) => void) | undefined;
      const ended = Promise.withResolvers<void>();
      const interrupt = async (operation: Operation) => {
        const name = operationName(operation);
        if (operation.kind === "read" || hit !== undefined || interrupted.has(name)) return;
        hit = name;
        interrupted.add(name);
        kill?.(signal);
        // After SIGKILL the provider answers when the CLI is gone. After SIGINT the CLI waits for
        // the answer.
        if (signal === "SIGKILL") await ended.promise;
      };
      engine.operations.onOperation = async (operation) => {
        if (when === "before") await interrupt(operation);
        return hit === operationName(operation) && when === "before" && signal === "SIGKILL" ? "fail" : "proceed";
      };
      engine.operations.onDone = (operation) => (when === "after" ? interrupt(operation) : undefined);
      const run = await engine.run([...args, "--parallel", "1", ...options], (send) => {
        kill = send;
      });
      ended.resolve();
      engine.operations.onOperation = undefined;
      engine.operations.onDone = undefined;
      await runPrintedCommands(run.output);
      if (run.exitCode === 0) return [...interrupted];
      options = hit === undefined ? await advised(run.output) : await repaired();
    }
    throw new Error(`it never succeeded; interrupted: ${[...interrupted].join(", ")}`);
  }

  /** The commands that delete run tokens which no state names, as they are printed. */
  async function runPrintedCommands(output: string): Promise<void> {
    for (const [command] of output.matchAll(/curl --request DELETE .*\/tokens\/\w+/g)) {
      const { stdout } = await promisify(execFile)("bash", ["-c", `${command} --silent`], { env: engine.environment });
      deletedTokens.push(JSON.parse(stdout).result.id);
    }
  }

  async function advised(output: string): Promise<readonly string[]> {
    const advice = await followAdvice(engine, STACK, output);
    expect(advice.isGiven, output).toBe(true);
    return advice.options;
  }

  /** Follows docs/changes.md, "A run that was interrupted". */
  async function repaired(): Promise<readonly string[]> {
    await engine.run(["cancel", "--yes", "--stack", STACK]);
    const refresh = ["refresh", "--yes", "--skip-preview", "--run-program", "--clear-pending-creates"];
    const { exitCode, output } = await engine.run([...refresh, "--stack", STACK]);
    deleteExtraAccess(engine);
    deleteUnusedKeys(engine);
    return exitCode === 0 ? [] : advised(output);
  }
}

/** @returns the ids of tokens, Access applications and keys that the state does not name */
function unknownIds(engine: Engine): string[] {
  const { tokens, accessApplications } = engine.account;
  const keys = [...engine.project.serviceAccounts.values()].flatMap((account) => [...account.keys.keys()]);
  const state = engine.stateFile(STACK);
  return [...tokens.keys(), ...accessApplications.keys(), ...keys].filter((id) => !state.includes(id));
}

/** Does the same as `gcloud iam service-accounts keys delete`. */
function deleteUnusedKeys(engine: Engine): void {
  const state = engine.stateFile(STACK);
  for (const { keys } of engine.project.serviceAccounts.values()) {
    for (const id of keys.keys()) if (!state.includes(id)) keys.delete(id);
  }
}
