/** Creates everything through the control planes and checks that the deployed Worker serves. */
import { createHash } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { bundleWorker, MAIN_MODULE } from "../../infra/worker/bundle.ts";
import type { PlainBindings, SecretBindings } from "../../worker/bindings.ts";
import { clientLine } from "../../worker/client-line.ts";
import type { Options } from "../../worker/options.ts";
import { AI_GATEWAY_RUN } from "../resources/cloudflare/index.ts";
import { WorkerRuntime } from "../sandbox/worker-runtime.ts";
import { API_KEY, QUESTION } from "../testing/cloud.ts";
import { type ControlPlane, useControlPlane } from "../testing/control-plane.ts";
import { multipart } from "../testing/upload.ts";

const cloud = useControlPlane();
const CLIENT_TOKEN = "client-token";
const CLIENT = clientLine({ name: "one" }, [createHash("sha256").update(CLIENT_TOKEN).digest("base64url")]);
const OPTIONS: Options = {
  routing: "universal",
  force: null,
  logPayloads: false,
  timeouts: {
    bodyMs: 60_000,
    firstByteMs: 60_000,
    firstEventMs: 120_000,
    idleMs: 120_000,
    jsonMs: 280_000,
    chainMs: 590_000,
  },
  breaker: { failures: 1_000, windowMs: 30_000, openMs: 30_000 },
  stickiness: { mode: "full", maxAgeMs: 300_000, vertexSession: true },
  corsOrigins: [],
  models: {},
  bedrock: null,
  chain: ["anthropic", "vertex"],
};

test("a Worker deployed through the APIs fails over to Vertex", async () => {
  const { account, cloud: local } = cloud();
  await upload(await createBindings(cloud()));
  const script = account.scripts.get("failover");
  if (!script) throw new Error("no script was uploaded");
  const runtime = await WorkerRuntime.start({ script, cloudPort: local.context.port, port: 0 });
  onTestFinished(() => runtime.stop());

  const first = await ask(runtime);
  local.context.faults.set("anthropic", { mode: "status", status: 529 });
  const second = await ask(runtime);
  const third = await ask(runtime);

  expect(first.headers.get("x-failover-target")).toBe("anthropic");
  expect([second.status, third.status]).toEqual([200, 200]);
  expect(third.headers.get("x-failover-target")).toBe("vertex/us-east5");
});

async function createBindings({ cloudflare, google }: ControlPlane): Promise<PlainBindings & SecretBindings> {
  const gateway = {
    id: "failover",
    authentication: true,
    byok_only: true,
    cache_invalidate_on_update: false,
    cache_ttl: 0,
    collect_logs: true,
    rate_limiting_interval: 0,
    rate_limiting_limit: 0,
  };
  await cloudflare("POST", "/ai-gateway/gateways", { body: gateway });
  const resources = { "com.cloudflare.api.account.account": "*" };
  const policies = [{ effect: "allow", permission_groups: [{ id: AI_GATEWAY_RUN }], resources }];
  const token = await cloudflare("POST", "/tokens", { body: { name: "run", policies } });

  const accounts = "iam.googleapis.com/v1/projects/test-project/serviceAccounts";
  const { json: serviceAccount } = await google("POST", accounts, { accountId: "claude-caller" });
  const project = "cloudresourcemanager.googleapis.com/v1/projects/test-project";
  const { json: policy } = await google("POST", `${project}:getIamPolicy`, {});
  const grant = { role: "roles/aiplatform.user", members: [`serviceAccount:${serviceAccount.email}`] };
  await google("POST", `${project}:setIamPolicy`, { policy: { ...policy, bindings: [...policy.bindings, grant] } });
  const key = await google("POST", `${accounts}/${serviceAccount.email}/keys`, {});

  return {
    ENVIRONMENT: "test",
    GATEWAY_URL: "https://gateway.ai.cloudflare.com/v1/account/failover",
    GOOGLE_PROJECT: "test-project",
    VERTEX_LOCATIONS: JSON.stringify(["us-east5"]),
    CLIENT_COUNT: "1",
    CLIENTS_1: CLIENT,
    OPTIONS: JSON.stringify(OPTIONS),
    ANTHROPIC_API_KEY: API_KEY,
    GATEWAY_TOKEN: token.json.result.value,
    GOOGLE_CREDENTIAL: key.json.privateKeyData,
  };
}

async function upload(bindings: PlainBindings & SecretBindings): Promise<void> {
  const { cloudflare } = cloud();
  const metadata = {
    bindings: [
      ...Object.entries(bindings).map(([name, text]) => ({ name, text, type: "secret_text" })),
      { name: "VERSION", type: "version_metadata" },
    ],
    compatibility_date: "2026-07-30",
    compatibility_flags: ["enable_request_signal"],
    main_module: MAIN_MODULE,
    usage_model: "standard",
  };
  await cloudflare("PUT", "/workers/scripts/failover", multipart(metadata, { [MAIN_MODULE]: bundleWorker() }));
  await cloudflare("POST", "/workers/scripts/failover/subdomain", { body: { enabled: true, previews_enabled: false } });
}

function ask({ url }: WorkerRuntime): Promise<Response> {
  return fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": CLIENT_TOKEN, "anthropic-version": "2023-06-01", "content-type": "application/json" },
    body: JSON.stringify(QUESTION),
  });
}
