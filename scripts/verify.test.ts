/** The points of docs/fidelity.md: none is forgotten, each is decided or named, and nothing is left behind. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resourceNames } from "../infra/names.ts";
import { ACCOUNT_ID, GOOGLE_PROJECT, Sandbox } from "../local/sandbox/index.ts";
import { type RunOptions, runOperator } from "./testing/operator.ts";
import { cloudflareError, LARGE, useVerification, withVerdict } from "./testing/verification.ts";
import type { Cost } from "./verify/experiment.ts";
import { POINTS } from "./verify/points.ts";

/** The gateway and Anthropic's models, before the first experiment. */
const READS_BEFORE = 2;
const SCRIPTABLE = POINTS.filter(({ how }) => how.kind === "experiment").map(({ number }) => number);

const verification = useVerification();

const verify = (argv: readonly string[], options: RunOptions = {}) =>
  runOperator(["verify", "--local", verification().interceptor.url, ...argv], options);

/** What is in the clouds, as far as an experiment may make it. */
function inventory() {
  const { account, project, sandbox } = verification();
  const pools = [...project.pools.values()].map(({ id }) => id);
  return {
    gateways: [...account.gateways.keys()],
    scripts: [...account.scripts.keys()],
    tokens: [...account.tokens.keys()],
    domains: [...account.customDomains.keys()],
    applications: [...account.accessApplications.keys()],
    serviceAccounts: [...project.serviceAccounts.keys()],
    policy: [...project.policy].map(([role, members]) => [role, ...members]),
    pools,
    batches: [...sandbox.cloud.context.state.messageBatches.keys()],
  };
}

describe("the table of points", () => {
  it("has the points of docs/fidelity.md in its words and with its numbers", async () => {
    const page = await readFile(join(import.meta.dirname, "../docs/fidelity.md"), "utf8");
    const [, section = ""] = page.split("## What only a live account can settle\n");
    const points = section
      .split(/^(?=\d+\. )/m)
      .slice(1)
      .map((text) => text.replaceAll(/\s+/g, " ").trim());

    expect(POINTS.map(({ number, sentence }) => `${number}. ${sentence}`)).toEqual(points);
  });

  it("--list names each with an experiment or with the reason why there is none, and calls nothing", async () => {
    const { status, report } = await runOperator(["verify", "--local", "http://127.0.0.1:9", "--list", "--json"]);

    const points = report?.points as { number: number; kind: string; reason?: string }[];
    expect([status, points.length]).toEqual([0, POINTS.length]);
    for (const { kind, reason } of points) expect(kind === "experiment" || reason).toBeTruthy();
    expect(points.filter(({ kind }) => kind === "not scriptable").map(({ number }) => number)).toEqual([
      29, 33, 35, 36, 37, 38, 39, 40, 42,
    ]);
  });
});

describe("against the local cloud", () => {
  it("every experiment finds what we believe, and leaves nothing", async () => {
    const before = inventory();

    const found = await verification().verdicts(undefined, LARGE);

    expect(withVerdict(found, "as we believe")).toEqual(SCRIPTABLE);
    expect(inventory()).toEqual(before);
  });

  it.each(SCRIPTABLE)("point %d alone finds the same, in no more requests than it says", async (number) => {
    const { interceptor } = verification();
    const planned = await verify(["--only", String(number), "--dry-run", "--json"]);
    const plannedPoints = planned.report?.points as [{ cost: Cost }];
    const [{ cost }] = plannedPoints;
    let [requests, charged] = [0, 0];
    interceptor.rule = ({ host, path, body }) => {
      if (!["stack", "gcloud"].includes(host)) requests += 1;
      const asked = path + (body.length < 1_000_000 ? body : "");
      if (/claude-[^:"]*:(rawPredict|streamRawPredict)|messages\/batches"?$/.test(asked)) charged += 1;
      return undefined;
    };

    const { status } = await verify(["--only", String(number), "--yes"]);

    interceptor.rule = undefined;
    expect(status).toBe(0);
    expect(requests - READS_BEFORE).toBeLessThanOrEqual(cost.requests);
    expect(charged).toBeLessThanOrEqual(cost.calls?.length ?? 0);
  });

  it("says what was seen, what is not scriptable and a summary", async () => {
    const { status, stdout } = await verify(["--only", "3,29,15", "--yes"]);

    expect(status).toBe(0);
    expect(stdout).toMatch(/3 +as we believe +a step with a limit of 1 ms: the next step answers/);
    expect(stdout).toContain("29 is not scriptable: It needs a stack whose rate limit was changed by hand");
    expect(stdout).toContain("2 experiments: 2 as we believe, 0 different, 0 could not be told.");
  });

  it("a difference is a problem, and says what follows from it", async () => {
    verification().interceptor.rule = ({ path }) =>
      path.includes("/workers/workers/") ? cloudflareError(404, 10007) : undefined;

    const { status, stdout } = await verify(["--only", "7,8", "--yes"]);

    verification().interceptor.rule = undefined;
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ 7: the provider cannot read an uploaded script by its name/);
    expect(stdout).toContain("1 as we believe, 1 different, 0 could not be told.");
  });

  it("what a token may not do could not be told, and is no problem", async () => {
    const { account, verdicts } = verification();
    const [token = ""] = account.deployTokens;
    account.deployTokenLimits.set(token, {
      lacks: ["Access: Apps and Policies Read", "Access: Apps and Policies Write"],
    });

    const found = await verdicts(undefined);
    const { status } = await verify(["--only", "23,8", "--yes"]);
    const alone = await verify(["--only", "23", "--yes"]);

    account.deployTokenLimits.clear();
    expect(withVerdict(found, "could not tell")).toEqual([23]);
    expect(found.get(23)?.seen).toContain("403 10000 Authentication error");
    expect([status, alone.status]).toEqual([0, 3]);
  });

  it("a stack with a service account's key and without an operator leaves one point open", async () => {
    const stack = await Sandbox.up({ isUpdatable: true });

    const { status, report } = await runOperator([
      "verify",
      "--local",
      stack.cloud.url,
      "--only",
      "18,8",
      "--yes",
      "--json",
    ]);

    await stack.down();
    expect(status).toBe(0);
    expect(report?.points).toMatchObject([
      { number: 8, verdict: "as we believe" },
      { number: 18, verdict: "could not tell", seen: expect.stringContaining("it needs googleAuth workloadIdentity") },
    ]);
  });

  it("what cannot be removed is named, and leaks knows its name", async () => {
    const { interceptor, account } = verification();
    interceptor.rule = ({ method, path }) =>
      method === "DELETE" && path.includes("/gateways/") ? cloudflareError(403, 10000) : undefined;

    const { status, stdout, report } = await verify(["--only", "20", "--yes", "--json"]);

    interceptor.rule = undefined;
    const [left = ""] = [...account.gateways.keys()].filter((id) => id.includes("-verify-"));
    const { gateway } = resourceNames("claude-failover", "local");
    const leaks = await runOperator(["leaks", "--local", interceptor.url]);
    account.gateways.delete(left);
    expect(left).toMatch(new RegExp(`^${gateway}-verify-[0-9a-f]{4}$`));
    expect(status).toBe(1);
    expect(report?.left).toEqual([`AI gateway ${left} is still there: 403 10000 inverted`]);
    expect(stdout).toBeTruthy();
    expect(leaks.stdout).toContain(left);
  });
});

describe("Ctrl-C", () => {
  it.each([
    ["while a gateway is made", "POST", /\/ai-gateway\/gateways$/, "20,7"],
    ["after a Worker was uploaded", "GET", /-verify-[^/]+\/settings$/, "21,7"],
    ["while a service account is looked at", "PATCH", /serviceAccounts/, "28"],
    ["after a batch was made", "GET", /\/results$/, "16"],
    ["after a token was made", "PUT", /\/tokens\/[^/]+$/, "27"],
  ])("%s ends it with the report so far, and removes what was made", async (_what, method, path, only) => {
    const { interceptor } = verification();
    const before = inventory();
    const interrupt = new AbortController();
    interceptor.rule = (sent, pass) => {
      if (sent.method !== method || !path.test(sent.path)) return undefined;
      // The cloud does it, and nobody hears of it.
      return pass().then((reply) => {
        interrupt.abort();
        return reply;
      });
    };

    const { status, report } = await verify(["--only", only, "--yes", "--json"], { signal: interrupt.signal });

    interceptor.rule = undefined;
    expect(status).toBe(130);
    expect(report).toMatchObject({ outcome: "interrupted", left: [] });
    expect(inventory()).toEqual(before);
  });

  it("keeps the verdicts that it has", async () => {
    const { interceptor } = verification();
    const interrupt = new AbortController();
    interceptor.rule = ({ path }) => {
      if (path.includes("permission_groups")) interrupt.abort();
      return undefined;
    };

    const { status, stdout } = await verify(["--only", "7,8,15", "--yes"], { signal: interrupt.signal });

    interceptor.rule = undefined;
    expect(status).toBe(130);
    expect(stdout).toMatch(/7 +as we believe/);
    expect(stdout).toContain(
      "Interrupted after 1 of 3 experiments: 1 as we believe, 0 different, 0 could not be told.",
    );
  });
});

describe("before any experiment", () => {
  it("--dry-run says what each costs and makes, and changes nothing", async () => {
    const { interceptor } = verification();
    const changes: string[] = [];
    interceptor.rule = ({ method, path }) => {
      if (method !== "GET") changes.push(`${method} ${path}`);
      return undefined;
    };

    const { status, stdout } = await verify(["--dry-run"]);

    interceptor.rule = undefined;
    expect([status, changes]).toEqual([0, []]);
    expect(stdout).toMatch(/13 +\d+ +\d+ +31 MB/);
    expect(stdout).toMatch(/20 +3 +0 +a temporary AI gateway/);
    expect(stdout).toMatch(
      /About \d+ requests, with at most [\d,]+ tokens that are charged: estimated \$0\.00\d+\. About 64 MB/,
    );
  });

  it("asks, and a no runs none", async () => {
    const { status, stdout } = await verify(["--only", "20"], { columns: 80, typed: "n" });

    expect(status).toBe(130);
    expect(stdout).toContain("Made and deleted again: a temporary AI gateway.");
    expect(stdout).toContain("Nothing was called.");
  });

  it("says how to answer where there is no terminal", async () => {
    const { status, stderr } = await verify(["--only", "20"]);

    expect(status).toBe(2);
    expect(stderr).toBe("claude-failover: Run these experiments? There is no terminal to answer on: add --yes\n");
  });

  it.each([
    ["an unknown flag", ["--all"], /^claude-failover: unknown option '--all'/],
    [
      "a number that is none",
      ["--only", "1,two"],
      /^claude-failover: option '--only <numbers>' argument '1,two' is invalid\. points are numbers/,
    ],
    [
      "a point that the page does not have",
      ["--skip", "99"],
      /^claude-failover: there is no point 99: npm run verify -- --list\n$/,
    ],
    ["no point at all", ["--only", "7", "--skip", "7"], /^claude-failover: --skip leaves no point/],
    [
      "a URL that is none",
      ["--only", "7", "--yes", "--url", "w.example"],
      /^claude-failover: --url w\.example is not a URL/,
    ],
    [
      "a folder that does not exist",
      ["--yes", "--markdown", "no/such/folder.md"],
      /^claude-failover: --markdown no\/such\/folder\.md: its folder/,
    ],
  ])("%s is one line", async (_what, argv, line) => {
    const { status, stderr } = await verify(argv);

    expect(status).toBe(2);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("a cloud that cannot be reached is one line", async () => {
    const { status, stderr } = await runOperator(["verify", "--local", "http://127.0.0.1:9", "--yes"]);

    expect([status, stderr]).toEqual([3, "claude-failover: nothing answers at http://127.0.0.1:9: npm start\n"]);
  });

  it("a stack that is not deployed is one line", async () => {
    const { context } = verification().sandbox.cloud;
    const { stack } = context;
    if (!stack) throw new Error("no stack");
    context.stack = { ...stack, describe: () => ({ ...stack.describe(), outputs: null }) };

    const { status, stderr } = await verify(["--yes"]);

    context.stack = stack;
    expect([status, stderr]).toEqual([1, "claude-failover: npm start is not deployed: pulumi up\n"]);
  });

  it("an expired token is one line", async () => {
    const { account } = verification();
    const [token = ""] = account.deployTokens;
    account.deployTokenLimits.set(token, { status: "expired" });

    const { status, stderr } = await verify(["--yes"]);

    account.deployTokenLimits.clear();
    expect([status, stderr]).toEqual([
      3,
      "claude-failover: the gateway cannot be read: 403 10000 Authentication error\n",
    ]);
  });

  it("a key that Anthropic refuses is one line", async () => {
    const { anthropicKeyLimits } = verification().sandbox.cloud.context.state;
    anthropicKeyLimits.set(verification().sandbox.anthropicApiKey, { isDisabled: true });

    const { status, stderr } = await verify(["--yes"]);

    anthropicKeyLimits.clear();
    expect(status).toBe(3);
    expect(stderr).toMatch(
      /^claude-failover: the list of Anthropic's models cannot be read: 401 authentication_error .*\n$/,
    );
  });
});

describe("the report", () => {
  it("as Markdown is for an issue: a table, without the account and the project", async () => {
    const folder = await mkdtemp(join(tmpdir(), "verify-"));
    const file = join(folder, "report.md");
    verification().interceptor.rule = ({ path }) =>
      path.endsWith(":setIamPolicy") ? { status: 200, body: "{}" } : undefined;

    await verify(["--only", "9,19,35", "--yes", "--markdown", file]);

    verification().interceptor.rule = undefined;
    const text = await readFile(file, "utf8");
    await rm(folder, { recursive: true });
    expect(text).toMatch(
      /^# The points of docs\/fidelity\.md on a live account\n\n\d{4}-\d\d-\d\d \d\d:\d\d UTC, claude-failover\/local\. \*\*2 experiments/,
    );
    expect(text).toMatch(
      /\| 19 \| Whether a grant to a missing pool is refused .*\| \*\*different\*\* \| .*: accepted, not refused \| let requireMember/,
    );
    expect(text).toContain("- 35 is not scriptable:");
    expect(text).not.toContain(ACCOUNT_ID);
    expect(text).not.toContain(GOOGLE_PROJECT);
  });

  it("fits a narrow terminal without colours", async () => {
    const { status, stdout } = await verify(["--only", "7,15", "--yes"], {
      columns: 60,
      environment: { NO_COLOR: "1" },
    });

    expect(status).toBe(0);
    expect(
      Math.max(
        ...stdout
          .split(/[\r\n]/)
          .filter((line) => /^( {2}|\d+ {2})/.test(line))
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(60);
  });

  it("holds no secret", async () => {
    const { sandbox } = verification();

    const { stdout } = await verify(["--skip", "1,2,13", "--yes", "--json"]);

    const { gatewayToken, clientTokens } = sandbox.outputs;
    for (const secret of [sandbox.anthropicApiKey, gatewayToken, ...Object.values(clientTokens)]) {
      expect(stdout).not.toContain(secret);
    }
  });
});
