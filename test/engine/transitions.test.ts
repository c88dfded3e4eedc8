/**
 * A change does not interrupt the service. Clients call after every operation, at the old address
 * and at the new one. If the old address goes away, the preview says so. With TRANSITIONS=all every
 * operation also fails once before its effect and once after it.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { addProject } from "../../local/state/index.ts";
import { followAdvice } from "./advice.ts";
import { Callers, isServed } from "./callers.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";
import { inventory } from "./inventory.ts";
import { operationName, type Verdict } from "./providers/operations.ts";
import type { Run } from "./pulumi-cli.ts";
import { OTHER_ACCOUNT_ID, OTHER_PROJECT, TRANSITIONS, type Transition, ZONE_ID } from "./transitions.ts";

const MODES: readonly (readonly [name: string, verdict: Verdict])[] = [
  ["with operations that succeed", "proceed"],
  ...(process.env.TRANSITIONS === "all"
    ? ([
        ["with operations that each fail once before their effect", "fail"],
        ["with operations that each fail once after their effect", "lose answer"],
      ] as const)
    : []),
];
/** More than the number of operations in any change. */
const MAX_RUNS = 40;

for (const [name, verdict] of MODES) describeEngine(`changes ${name}`, () => suite(verdict));

function suite(verdict: Verdict): void {
  let engine: Engine;
  /** The output of the runs of one change. */
  const printed: string[] = [];
  let callers: Callers;
  let stack = "one";

  beforeAll(async () => {
    engine = await Engine.start();
    const other = engine.addAccount(OTHER_ACCOUNT_ID, "other");
    for (const account of [engine.account, other]) account.zones.set(ZONE_ID, "example.com");
    addProject(engine.cloud.context.state, OTHER_PROJECT, "200000000000");
    callers = new Callers(engine);
    await engine.addStack(stack);
    const up = await engine.up(stack, "--skip-preview", ...settings(REQUIRED));
    expect(up.exitCode, up.output).toBe(0);
  }, 60_000);
  afterAll(async () => {
    await callers?.stop();
    await engine?.stop();
  });

  it.each(TRANSITIONS)("$what", { timeout: 300_000 }, async (transition) => {
    const before = await addressOf(stack);
    const wasGated = engine.configured(stack, "access");
    if (transition.renamedTo) {
      await engine.renameStack(stack, transition.renamedTo);
      stack = transition.renamedTo;
    }
    await configure(transition);
    const preview = transition.refused ? undefined : await engine.preview(stack, ...(transition.options ?? []));
    const moments = await change(transition, before);
    const after = await addressOf(stack);

    // The new address answers when the run has ended.
    expect(await callers.ask(after.url, after.token)).toSatisfy(isServed);
    if (transition.refused) expect(after.url).toBe(before.url);
    if (wasGated && engine.configured(stack, "access")) {
      expect(
        moments.flatMap(({ open }) => open),
        "open without Access",
      ).toEqual([]);
    }
    const refusedAtOld = moments.filter(({ old }) => !isServed(old));
    const unserved = moments.filter(({ old, next }) => !isServed(old) && !isServed(next));
    if (preview && transition.warns) expect(preview.output).toMatch(transition.warns);
    if (!transition.warns && !isReplacement(transition)) expect(refusedAtOld, "refused at the old address").toEqual([]);
    // After a lost answer a later run has its own preview, whose warnings the run repeats.
    const isAnnounced = /does not answer for some seconds/.test([preview?.output, ...printed].join());
    if (!isAnnounced && !isReplacement(transition)) expect(unserved, "served at neither address").toEqual([]);
  });

  it("`destroy` leaves nothing behind", async () => {
    const destroy = await engine.destroy(stack, "--run-program");
    expect(destroy.exitCode, destroy.output).toBe(0);
    const { state } = engine.cloud.context;
    for (const account of state.accounts.values()) {
      for (const project of state.projects.values()) expect(inventory(account, project)).toEqual([]);
    }
  });

  interface Moment {
    after: string;
    old: readonly (string | null)[];
    next: readonly (string | null)[];
    /** The addresses at which the Worker answers without Access in front. */
    open: readonly string[];
  }

  /** Runs until a run succeeds. In the failing modes, each operation fails in one run. */
  async function change(transition: Transition, before: Address): Promise<Moment[]> {
    printed.length = 0;
    const moments: Moment[] = [];
    const failed = new Set<string>();
    let options: readonly string[] = [];
    for (let runs = 0; runs < MAX_RUNS; runs++) {
      let hit: string | undefined;
      let asked: Promise<unknown> = Promise.resolve();
      const look = (after: string) => {
        // Operations may run side by side, but Anthropic's fault must not change during a request.
        asked = asked.then(async () => moments.push(await moment(after, before, transition)));
        return asked;
      };
      engine.operations.onOperation = (operation): Verdict => {
        const name = operationName(operation);
        if (operation.kind === "read" || hit !== undefined || failed.has(name)) return "proceed";
        hit = name;
        if (verdict !== "proceed") failed.add(name);
        return verdict;
      };
      engine.operations.onDone = (operation) => operation.kind !== "read" && look(operationName(operation));
      const parallel = verdict === "proceed" ? [] : ["--parallel", "1"];
      const run = await engine.up(stack, "--skip-preview", ...parallel, ...(transition.options ?? []), ...options);
      printed.push(run.output);
      engine.operations.onOperation = undefined;
      engine.operations.onDone = undefined;
      await asked;
      await look(`the run (exit code ${run.exitCode})`);
      if (run.exitCode === 0 && !transition.refused) {
        await endAdoption();
        return moments;
      }
      if (transition.refused && hasFailedAsExpected(run, transition.refused)) return moments;
      const advice = await followAdvice(engine, stack, run.output);
      options = advice.options;
      expect(hit ?? advice.isGiven, run.output).toBeTruthy();
      expect(verdict !== "proceed" || advice.isGiven, run.output).toBe(true);
    }
    throw new Error(`it never succeeded; failed: ${[...failed].join(", ")}`);
  }

  /** Removes `adopt` after a successful run, as the advice says. */
  async function endAdoption(): Promise<void> {
    if (engine.configured(stack, "adopt")) await engine.unset(stack, "adopt");
  }

  /** Calls the address that clients know, and the possible new addresses. */
  async function moment(after: string, { url, token }: Address, { config }: Transition): Promise<Moment> {
    const { hostname } = (config.domain ?? {}) as { hostname?: string };
    const candidates = [
      ...(hostname ? [`https://${hostname}`] : []),
      `https://claude-failover-one.local.workers.dev`,
      `https://claude-failover-${stack}.local.workers.dev`,
      `https://claude-failover-${stack}.other.workers.dev`,
      `https://claude.example.com`,
    ];
    const old = await callers.ask(url, token);
    let next = old;
    for (const candidate of isServed(old) ? [] : candidates) {
      next = await callers.ask(candidate, token);
      if (isServed(next)) break;
    }
    return { after, old, next, open: [url, ...candidates].filter((candidate) => callers.isOpen(candidate)) };
  }

  async function configure({ config, secrets }: Transition): Promise<void> {
    if (secrets) await engine.setSecrets(stack, secrets);
    for (const [key, value] of Object.entries(config)) {
      if (value === undefined) await engine.unset(stack, key);
      else await engine.set(stack, key, value);
    }
  }

  async function addressOf(name: string): Promise<Address> {
    const { url } = await engine.outputs(name);
    const tokens = await engine.clientTokens(name);
    return { url: url as string, token: tokens.default ?? "" }; // what infra/index.ts returns
  }
}

interface Address {
  url: string;
  token: string;
}

/** An option asks for the replacement, and the preview shows it as "delete, then create". */
function isReplacement({ options }: Transition): boolean {
  return options?.includes("--replace") === true;
}

function hasFailedAsExpected({ exitCode, output }: Run, refused: RegExp): boolean {
  return exitCode !== 0 && refused.test(output);
}
