/** doctor on stacks that are right, and what a person sees of it. */
import { once } from "node:events";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { Sandbox } from "../local/sandbox/index.ts";
import type { Line } from "./doctor/examination.ts";
import { Patient, type PatientOptions, ZONE_ID } from "./doctor/testing/patient.ts";
import { runOperator } from "./testing/operator.ts";

/** A right stack takes a quarter of it. */
const LIMIT_MS = 5_000;
const DOMAIN = { hostname: "claude.example.com", zoneId: ZONE_ID };
const ACCESS = { serviceTokenIds: ["7a1ed3c6-6c1b-4e6e-9f0a-5d1f6e0d8a11"] };

let sandbox: Sandbox | undefined;
afterEach(async () => {
  await sandbox?.down();
  sandbox = undefined;
});

describe("a stack that is right", () => {
  it("has no problem, in under five seconds without calls", async () => {
    sandbox = await Sandbox.up({ isUpdatable: true });
    const startedMs = performance.now();

    const ran = await runOperator(["doctor", "--local", sandbox.cloud.url, "--no-calls"]);

    expect(performance.now() - startedMs).toBeLessThan(LIMIT_MS);
    expect(ran.stdout).toContain("No problem.");
    expect(ran.stdout).not.toMatch(/PROBLEM|unknown/);
    expect(ran.status).toBe(0);
  });

  it("answers a call of one token at Anthropic and at Vertex, after the cost was said", async () => {
    sandbox = await Sandbox.up({ isUpdatable: true });
    const { cloud } = sandbox;
    const called: string[] = [];
    cloud.onExchange = ({ path }) => void (/\/v1\/messages$|:rawPredict$/.test(path) && called.push(path));

    const ran = await runOperator(["doctor", "--local", cloud.url]);

    expect(ran.status).toBe(0);
    expect(ran.stdout).toMatch(/cost of the calls: 6 of one token, estimated \$0\.\d+; --no-calls leaves them out/);
    expect(ran.stdout).toMatch(/fine +call to Anthropic: claude-sonnet-4-6 answers/);
    expect(ran.stdout).toMatch(/fine +call to Vertex, claude-sonnet-4-6 in us-east5: answers/);
    expect(ran.stdout).toMatch(/fine +call to Vertex, claude-haiku-5-5 in global: answers/);
    expect(called).toHaveLength(6);
  });

  it.each<[string, NonNullable<PatientOptions["config"]>]>([
    ["a domain with Access", { domain: DOMAIN, access: ACCESS }],
    ["a domain beside workers.dev", { domain: DOMAIN, workersDev: "keep" }],
    ["workload identity", { googleAuth: "workloadIdentity" }],
    ["impersonation", { googleAuth: "workloadIdentity", googleImpersonation: true }],
    ["the custom role", { googleRole: "predictOnly" }],
    ["rotated secrets", { rotation: { google: { epoch: 2 }, gatewayToken: { epoch: 2, revokePrevious: true } } }],
    ["a change of the Anthropic key", { anthropicApiKeyPrevious: "sk-ant-previous-key" }],
    [
      "many clients with rights and rates",
      {
        clients: [
          ...Array.from({ length: 40 }, (_, index) => `c${index}`),
          { name: "ops", operator: true, requestsPerMinute: 60 },
          { name: "ci", batches: true, requestsPerMinute: 600 },
        ],
      },
    ],
    [
      "limits and a log that stops",
      { rateLimit: { requests: 9, intervalSeconds: 60 }, logs: { whenFull: "STOP_INSERTING" } },
    ],
    [
      "other locations and routing",
      { vertexLocations: ["us", "global"], routing: "direct", allowedLocations: ["us", "global"] },
    ],
    ["other names", { namedAfter: "claude-failover/old-name" }],
  ])("has no problem with %s, before up and after it", async (_what, config) => {
    const patient = await start({ config });

    const before = await patient.doctor();
    await patient.up();
    const after = await patient.doctor();

    expect(problems(before.lines)).toEqual([]);
    expect(problems(after.lines)).toEqual([]);
    expect([before.ran.status, after.ran.status]).toEqual([0, 0]);
  });
});

describe("what a person sees", () => {
  it("has the cure under the line with the problem, and the command whole in a narrow terminal", async () => {
    const patient = await start();
    patient.project.enabledServices.delete("serviceusage.googleapis.com");

    const ran = await runOperator(["doctor", "--local", patient.cloud.url, "--no-calls"], { columns: 50 });

    const cure =
      "gcloud services enable serviceusage.googleapis.com cloudresourcemanager.googleapis.com --project local-project";
    expect(ran.stdout).toContain(
      ["  PROBLEM  APIs: off: serviceusage, which pulumi", "           up itself needs", `           → ${cure}`].join(
        "\n",
      ),
    );
    expect(ran.stdout).toMatch(/1 problem\. \d notes\.\n$/);
    expect(ran.status).toBe(1);
  });

  it("is plain text without a terminal", async () => {
    const patient = await start();

    const ran = await runOperator(["doctor", "--local", patient.cloud.url, "--no-calls"]);

    expect(ran.stdout).not.toContain("\r");
    expect(ran.stdout).toContain("\nCloudflare\n");
  });

  it("never shows a secret, not even in JSON", async () => {
    const patient = await start({ isDeployed: true });
    const { anthropicApiKey, account, stack } = patient;
    const secrets = [
      anthropicApiKey,
      stack.options.cloudflareToken,
      ...[...account.tokens.values()].map(({ value }) => value),
    ];

    const { ran } = await patient.doctor();

    for (const secret of secrets) expect(ran.stdout).not.toContain(secret);
  });

  it("has a report that counts and lists its lines", async () => {
    const patient = await start({ isDeployed: true });

    const { ran, lines } = await patient.doctor("--no-calls");

    expect(ran.report).toMatchObject({ command: "doctor", outcome: "fine", counts: { problem: 0, unknown: 0 } });
    expect(lines).toContainEqual({ group: "Google", name: "billing", verdict: "fine", text: "is on" });
    expect(lines).toContainEqual({ group: "Models", name: "call to Vertex", verdict: "skipped", text: "--no-calls" });
  });

  it("skips what builds on a problem, with the name of the first check that failed", async () => {
    const patient = await start({ isDeployed: true });
    patient.project.lifecycleState = "DELETE_REQUESTED";

    const { lines } = await patient.doctor();

    expect(lines.filter(({ text }) => text === 'needs "project"').map(({ name }) => name)).toEqual(
      expect.arrayContaining(["billing", "your permissions", "quota", "call to Vertex"]),
    );
  });
});

describe("what cannot be found out", () => {
  it("is unknown, and no problem: a cloud that does not answer", async () => {
    const patient = await start();
    patient.cloud.onExchange = ({ path, response }) => void (path.includes("billingInfo") && response.destroy());

    const { ran, lines } = await patient.doctor("--no-calls");

    expect(ran.status).toBe(3);
    expect(ran.report).toMatchObject({ outcome: "unknown", counts: { problem: 0 } });
    expect(lines.filter(({ verdict }) => verdict === "unknown")).toMatchObject([{ name: "billing" }]);
  });

  it("is one line if the local cloud does not run", async () => {
    const ran = await runOperator(["doctor", "--local", "http://127.0.0.1:9"]);

    expect(ran).toMatchObject({
      status: 3,
      stdout: "",
      stderr: "claude-failover: nothing answers at http://127.0.0.1:9: npm start\n",
    });
  });

  it("is one line if an option is wrong", async () => {
    const ran = await runOperator(["doctor", "--no-such"]);

    expect(ran.status).toBe(2);
    expect(ran.stderr.trim().split("\n")).toHaveLength(1);
  });

  it("is left out after Ctrl-C, and the report has the lines so far", async () => {
    const patient = await start();
    const interrupted = new AbortController();
    patient.cloud.onExchange = async ({ path, response }) => {
      if (!path.includes("billingInfo")) return;
      interrupted.abort();
      await once(response, "close");
    };

    const ran = await runOperator(["doctor", "--local", patient.cloud.url, "--json"], { signal: interrupted.signal });

    expect(ran.status).toBe(130);
    expect(ran.report).toMatchObject({ command: "doctor", outcome: "interrupted" });
    expect(ran.report?.checks).not.toContainEqual(expect.objectContaining({ name: "clients' tokens" }));
  });
});

describe("the models to look at", () => {
  async function ask(model: string, client = "default"): Promise<void> {
    const body = { model, max_tokens: 1, messages: [{ role: "user", content: "Hi" }] };
    await fetch(`${sandbox?.runtime.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": sandbox?.outputs.clientTokens[client] ?? "", "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  it("are not those that only an operator has asked, such as by npm run smoke", async () => {
    sandbox = await Sandbox.up({
      config: { clients: ["default", { name: "sre", operator: true }] },
      isUpdatable: true,
    });
    await ask("claude-opus-5-5", "sre");
    await ask("claude-opus-4-6");

    const ran = await runOperator(["doctor", "--local", sandbox.cloud.url, "--no-calls", "--json"]);

    const text = "claude-opus-4-6 (in the newest 50 entries of the gateway's log)";
    expect(ran.report?.checks).toContainEqual(expect.objectContaining({ name: "in use", text }));
  });

  it("are those in the gateway's log, if there are any", async () => {
    sandbox = await Sandbox.up({ isUpdatable: true });
    await ask("claude-opus-4-6");

    const ran = await runOperator(["doctor", "--local", sandbox.cloud.url, "--no-calls", "--json"]);

    expect(ran.report?.checks).toContainEqual(
      expect.objectContaining({
        name: "in use",
        text: "claude-opus-4-6 (in the newest 50 entries of the gateway's log)",
      }),
    );
    expect(ran.report?.checks).toContainEqual(
      expect.objectContaining({ name: "failover", about: "claude-opus-4-6", verdict: "note", cure: "npm run models" }),
    );
  });

  it("are those that were asked for, and Fable's consents are named where no call shows them", async () => {
    const patient = await start({ config: { vertexLocations: ["us"] } });

    const { lines } = await patient.doctor("--no-calls", "--models", "claude-fable-5-2, claude-mythos-5");

    expect(lines).toContainEqual(expect.objectContaining({ name: "Fable's consents", verdict: "note" }));
    expect(lines).toContainEqual(
      expect.objectContaining({ name: "failover", about: "claude-mythos-5", verdict: "note" }),
    );
  });
});

async function start(options: PatientOptions = {}): Promise<Patient> {
  const patient = await Patient.start(options);
  onTestFinished(() => patient.stop());
  return patient;
}

function problems(lines: readonly Line[]) {
  return lines.filter(({ verdict }) => verdict === "problem" || verdict === "unknown");
}
