/** Finds and deletes exactly what this project's stacks have left behind. */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { resourceNames } from "../infra/names.ts";
import { RESOURCES } from "../local/resources/index.ts";
import { ACCOUNT_ID, GOOGLE_PROJECT, PROJECT, Sandbox } from "../local/sandbox/index.ts";
import { type CloudflareAccount, type GoogleProject, newGateway } from "../local/state/index.ts";
import { inventory } from "../test/engine/inventory.ts";
import { runOperator } from "./testing/operator.ts";

interface Listed {
  kind: string;
  name: string;
}

let sandbox: Sandbox | undefined;
afterEach(async () => {
  await sandbox?.down();
  sandbox = undefined;
});

async function start(config: Readonly<Record<string, unknown>> = {}) {
  sandbox = await Sandbox.up({ config, isUpdatable: true });
  const { accounts, projects } = sandbox.cloud.context.state;
  const [account, project] = [accounts.get(ACCOUNT_ID), projects.get(GOOGLE_PROJECT)];
  if (!account || !project) throw new Error("no account or no project");
  return { sandbox, account, project };
}

/** The state forgets resources of these types: all, if none is given. */
function forget({ cloud }: Sandbox, ...types: readonly string[]): void {
  const { stack } = cloud.context;
  if (!stack) throw new Error("no stack");
  const described = stack.describe() as { resources: { type: string }[] };
  const kept =
    types.length === 0 ? [] : described.resources.filter(({ type }) => !types.some((end) => type.endsWith(end)));
  cloud.context.stack = {
    describe: () => ({ ...described, resources: kept }),
    set: (key, value) => stack.set(key, value),
    up: () => stack.up(),
  };
}

const look = ({ cloud }: Sandbox, ...more: readonly string[]) => runOperator(["leaks", "--local", cloud.url, ...more]);
const listed = (list: unknown) => list as Listed[];
const kindsOf = (list: unknown) =>
  listed(list)
    .map(({ kind }) => kind)
    .sort();

describe("leaks", () => {
  it("finds nothing beside a stack that is right", async () => {
    const { sandbox } = await start();

    const { status, stdout } = await look(sandbox);

    expect([status, stdout.trim()]).toEqual([0, "Nothing is left behind."]);
  });

  it.each([
    ["a run token", ["AccountToken"], ["run token"]],
    ["a Google key", ["serviceaccount/key:Key"], ["service account key"]],
    ["a grant", ["IAMMember"], ["grant"]],
    ["a gateway", ["AiGateway"], ["AI Gateway"]],
    ["a Worker", ["WorkersScript"], ["Worker"]],
    [
      "a service account and its key",
      ["Account", "serviceaccount/key:Key"],
      ["service account", "service account key"],
    ],
  ])("finds %s that is in no state", async (_what, types, kinds) => {
    const { sandbox } = await start();
    forget(sandbox, ...types);

    const { status, report } = await look(sandbox, "--json");

    expect(status).toBe(1);
    expect(kindsOf(report?.leaks)).toEqual(kinds);
  });

  it("finds a pool of workload identity and its grant by the pool's label", async () => {
    const { sandbox } = await start({ googleAuth: "workloadIdentity" });
    forget(sandbox, "WorkloadIdentityPool", "IAMMember");

    const { report } = await look(sandbox, "--json");

    expect(kindsOf(report?.leaks)).toEqual(["grant", "workload identity pool"]);
  });

  it("finds the Access application of a Worker by the Worker's name, and deletes it after the Worker", async () => {
    const { sandbox, account } = await start({ access: { emails: ["you@example.com"] } });
    const { name } = sandbox.script;
    forget(sandbox);

    const { report } = await look(sandbox, "--of", "local", "--json");
    const deleted = await look(sandbox, "--of", "local", "--delete", "--confirm", "claude-failover/local");

    const kinds = listed(report?.leaks).map(({ kind }) => kind);
    expect(listed(report?.leaks)).toContainEqual(
      expect.objectContaining({ kind: "Access application", name: `${name} at workers.dev` }),
    );
    expect(kinds.indexOf("Access application")).toBeGreaterThan(kinds.indexOf("Worker"));
    expect(deleted.status).toBe(0);
    expect(account.accessApplications.size).toBe(0);
  });

  it("finds what is left of a stack whose state is gone, deletes it, and then finds nothing", async () => {
    const { sandbox, account, project } = await start({ googleRole: "predictOnly" });
    forget(sandbox);

    const found = await look(sandbox, "--of", "local", "--json");
    const refused = await look(sandbox, "--of", "local", "--delete", "--confirm", "claude-failover/other");
    const dry = await look(sandbox, "--of", "local", "--delete", "--dry-run");
    const before = inventory(account, project).length;
    const deleted = await look(sandbox, "--of", "local", "--delete", "--confirm", "claude-failover/local");
    const after = await look(sandbox, "--of", "local", "--json");

    expect(kindsOf(found.report?.leaks)).toEqual(
      ["AI Gateway", "Worker", "custom role", "grant", "run token", "service account", "service account key"].sort(),
    );
    expect([refused.status, dry.status, deleted.status]).toEqual([1, 1, 0]);
    expect(before).toBeGreaterThan(5);
    expect(inventory(account, project)).toEqual(["roles/owner user:you@example.com"]);
    expect(after.report).toMatchObject({ outcome: "none", leaks: [], softDeleted: [{ kind: "custom role" }] });
  });

  it("deletes nothing without a name where nobody can type it", async () => {
    const { sandbox, account, project } = await start();
    forget(sandbox);
    const before = inventory(account, project);

    const { status, stderr } = await look(sandbox, "--of", "local", "--delete");

    expect(status).toBe(2);
    expect(stderr).toContain("--confirm claude-failover/local");
    expect(inventory(account, project)).toEqual(before);
  });

  it("calls a gateway whose stack nobody names unsure, and never deletes it", async () => {
    const { sandbox, account } = await start();
    account.gateways.set("claude-failover-x", newGateway("claude-failover-x", {}));

    const { status, report } = await look(sandbox, "--delete", "--confirm", PROJECT, "--json");

    expect(status).toBe(0);
    expect(report).toMatchObject({ outcome: "none", unsure: [{ name: "claude-failover-x" }] });
    expect(account.gateways.has("claude-failover-x")).toBe(true);
  });

  it("leaves out what is younger than --older-than", async () => {
    const { sandbox, account } = await start();
    forget(sandbox, "AccountToken", "AiGateway");
    for (const token of account.tokens.values()) token.issuedOn = new Date(Date.now() - 8 * 86_400_000).toISOString();

    const { report } = await look(sandbox, "--older-than", "7d", "--json");

    expect(kindsOf(report?.leaks)).toEqual(["run token"]);
  });

  it("touches nothing of another stack or project, whatever its names look like", { timeout: 120_000 }, async () => {
    const part = fc.stringMatching(/^[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,5}){0,2}$/);
    const lookAlike = fc.oneof(
      fc.tuple(
        fc.constantFrom("claude", "claude-failover-x", "xclaude-failover", "claude-fail", "claude-failovers"),
        part,
      ),
      fc.tuple(fc.constant("claude"), fc.constant("failover-local")),
      fc.tuple(
        fc.constant(PROJECT),
        part.filter((stack) => stack !== "local"),
      ),
    );
    const { sandbox, account, project } = await start();
    forget(sandbox, "AccountToken");
    const own = inventory(account, project);

    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(lookAlike, { maxLength: 6, selector: String }), async (others) => {
        const made = others.flatMap(([other, stack]) => standUp(sandbox, account, project, other, stack));
        const before = inventory(account, project);

        const { report } = await look(sandbox, "--delete", "--dry-run", "--json");

        expect(listed(report?.leaks).every(({ kind, name }) => kind === "run token" && name.includes("-local:"))).toBe(
          true,
        );
        expect(inventory(account, project)).toEqual(before);
        for (const undo of made.reverse()) undo();
      }),
      { numRuns: 15, seed: 20261126 },
    );

    await look(sandbox, "--delete", "--confirm", "claude-failover/local");
    expect(inventory(account, project)).toEqual(
      own.filter((name) => !account.tokens.has(name) && !/^[0-9a-f]{32}$/.test(name)),
    );
  });

  it.each([
    ["an unknown flag", ["--detele"], 2, /unknown option '--detele'/],
    ["a duration without a unit", ["--older-than", "7"], 2, /a duration is written like/],
  ])("answers %s with one line", async (_what, more, expected, line) => {
    const { status, stderr } = await runOperator(["leaks", "--local", "http://127.0.0.1:1", ...more]);

    expect(status).toBe(expected);
    expect(stderr).toMatch(line);
  });

  it("answers an expired token with one line, and deletes nothing", async () => {
    const { sandbox, account } = await start();
    forget(sandbox);
    for (const token of account.deployTokens) account.deployTokenLimits.set(token, { status: "expired" });

    const { status, stderr } = await look(sandbox, "--of", "local", "--delete", "--confirm", "claude-failover/local");

    expect(status).toBe(3);
    expect(stderr).toMatch(/^claude-failover: the list of .* cannot be read: 403 10000 Authentication error\n$/);
    expect(account.gateways.size).toBe(1);
  });
});

/** A stack of any project, as its program would make it. @returns functions that remove it */
function standUp({ cloud }: Sandbox, account: CloudflareAccount, project: GoogleProject, other: string, stack: string) {
  const names = resourceNames(other, stack);
  const isTaken = account.gateways.has(names.gateway) || account.scripts.has(names.worker);
  const [script] = account.scripts.values();
  if (isTaken || !script) return [];
  const bindings = [{ name: "ENVIRONMENT", type: "plain_text" as const, text: stack }];
  account.gateways.set(names.gateway, newGateway(names.gateway, {}));
  account.scripts.set(names.worker, { ...script, name: names.worker, bindings });
  const email = `${names.serviceAccount}@${project.id}.iam.gserviceaccount.com`;
  if (!project.serviceAccounts.has(email)) {
    const inputs = { project: project.id, accountId: names.serviceAccount };
    RESOURCES["gcp:serviceaccount/account:Account"]?.create(cloud.context.state, inputs, {});
  }
  return [
    () => account.gateways.delete(names.gateway),
    () => account.scripts.delete(names.worker),
    () => project.serviceAccounts.delete(email),
  ];
}
