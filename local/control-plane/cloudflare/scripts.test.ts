import { expect, test } from "vitest";
import { useControlPlane } from "../../testing/control-plane.ts";
import { multipart } from "../../testing/upload.ts";

const cloud = useControlPlane();
const MODULE = 'export default { fetch() { return new Response("ä\r\n") } };\n';
const OBSERVABILITY = {
  enabled: true,
  head_sampling_rate: 1,
  logs: { enabled: true, head_sampling_rate: 1, invocation_logs: false, persist: true },
  traces: { enabled: false, head_sampling_rate: 1, persist: true },
};
const RATE_LIMIT = { name: "R", namespace_id: "1001", simple: { limit: 60, period: 60 }, type: "ratelimit" };
const METADATA = {
  bindings: [
    { name: "A", text: "clear", type: "plain_text" },
    { name: "C", text: "secret", type: "secret_text" },
    RATE_LIMIT,
  ],
  compatibility_date: "2026-07-30",
  compatibility_flags: ["enable_request_signal"],
  limits: { cpu_ms: 30_000 },
  logpush: false,
  main_module: "index.js",
  observability: OBSERVABILITY,
  usage_model: "standard",
};

async function upload(name: string, metadata: object = METADATA, content = MODULE) {
  return cloud().cloudflare("PUT", `/workers/scripts/${name}`, multipart(metadata, { "index.js": content }));
}

test("the API returns an uploaded script without the values of its secrets", async () => {
  const { cloudflare } = cloud();

  const uploaded = await upload("whole");
  const settings = await cloudflare("GET", "/workers/scripts/whole/settings");
  const service = await cloudflare("GET", "/workers/services/whole");
  const secrets = await cloudflare("GET", "/workers/scripts/whole/secrets");
  const list = await cloudflare("GET", "/workers/scripts");

  expect(uploaded).toMatchObject({
    status: 200,
    json: { result: { id: "whole", etag: expect.any(String), handlers: ["fetch"], has_modules: true } },
  });
  expect(settings.json.result).toMatchObject({
    bindings: [{ name: "A", text: "clear", type: "plain_text" }, { name: "C", type: "secret_text" }, RATE_LIMIT],
    compatibility_date: "2026-07-30",
    compatibility_flags: ["enable_request_signal"],
    limits: { cpu_ms: 30_000 },
    logpush: false,
    observability: OBSERVABILITY,
    placement: {},
    tail_consumers: [],
    usage_model: "standard",
  });
  expect(service.json.result.default_environment.script).toMatchObject({
    id: "whole",
    etag: uploaded.json.result.etag,
  });
  expect(secrets.json.result).toEqual([{ name: "C", type: "secret_text" }]);
  expect(list.json.result.map(({ id }: { id: string }) => id)).toContain("whole");
  for (const { json } of [uploaded, settings, service, secrets, list])
    expect(JSON.stringify(json)).not.toContain('"secret"');
});

test("a script's content comes back byte for byte in a multipart body", async () => {
  const { cloudflare } = cloud();
  await upload("bytes");

  const { json, headers } = await cloudflare("GET", "/workers/scripts/bytes/content/v2");

  const form = await new Response(json, { headers: { "content-type": headers.get("content-type") ?? "" } }).formData();
  const [module] = [...form.values()];
  expect(module instanceof File && (await module.text())).toBe(MODULE);
});

test("an upload replaces the script with that name and keeps its address enabled", async () => {
  const { cloudflare, account } = cloud();
  await upload("again");
  await cloudflare("POST", "/workers/scripts/again/subdomain", { body: { enabled: true, previews_enabled: false } });
  const before = await cloudflare("GET", "/workers/services/again");

  await upload("again", { ...METADATA, bindings: [] }, "export default {}");

  const after = await cloudflare("GET", "/workers/services/again");
  expect(account.scripts.get("again")).toMatchObject({
    content: "export default {}",
    bindings: [],
    subdomainEnabled: true,
  });
  expect(after.json.result.created_on).toBe(before.json.result.created_on);
  expect(after.json.result.default_environment.script.etag).not.toBe(
    before.json.result.default_environment.script.etag,
  );
});

test("a script is served under workers.dev when its subdomain is enabled", async () => {
  const { cloudflare } = cloud();
  const path = "/workers/scripts/served/subdomain";
  const off = await cloudflare("POST", path, { body: { enabled: true } });
  await upload("served");

  const initial = await cloudflare("GET", path);
  const on = await cloudflare("POST", path, { body: { enabled: true, previews_enabled: false } });
  const worker = await cloudflare("GET", "/workers/workers/served");
  const byId = await cloudflare("GET", `/workers/workers/${worker.json.result.id}`);
  const removed = await cloudflare("DELETE", path);

  expect(off).toMatchObject({ status: 404, json: { errors: [{ code: 10007 }] } });
  expect(initial.json.result).toEqual({ enabled: false, previews_enabled: false });
  expect(on.json.result).toEqual({ enabled: true, previews_enabled: false });
  expect(worker.json.result).toMatchObject({
    name: "served",
    subdomain: { enabled: true, url: "https://served.test.workers.dev" },
  });
  expect(worker.json.result.references.domains).toEqual([]);
  expect(byId.json.result).toEqual(worker.json.result);
  expect(removed.json.result).toEqual({ enabled: false, previews_enabled: false });
});

test("the account's workers.dev subdomain is returned", async () => {
  const { json } = await cloud().cloudflare("GET", "/workers/subdomain");

  expect(json.result).toEqual({ subdomain: "test" });
});

test("every path of a missing script returns 404 with code 10007", async () => {
  const { cloudflare } = cloud();
  const paths = [
    "scripts/gone/settings",
    "scripts/gone/content/v2",
    "scripts/gone/secrets",
    "services/gone",
    "workers/gone",
  ];

  for (const path of paths) {
    const refused = await cloudflare("GET", `/workers/${path}`);
    expect(refused, path).toMatchObject({ status: 404, json: { errors: [{ code: 10007 }] } });
  }
  expect(await cloudflare("DELETE", "/workers/scripts/gone")).toMatchObject({ status: 404 });
});

test("a second delete of a script returns 404", async () => {
  const { cloudflare } = cloud();
  await upload("deleted");

  expect(await cloudflare("DELETE", "/workers/scripts/deleted")).toMatchObject({ status: 200 });
  expect(await cloudflare("DELETE", "/workers/scripts/deleted")).toMatchObject({ status: 404 });
});

test.each([
  ["an empty metadata part", "", { "index.js": MODULE }],
  ["a missing main module", METADATA, { "other.js": MODULE }],
  ["a second module", METADATA, { "index.js": MODULE, "other.js": MODULE }],
  [
    "a binding over 5 KB",
    { ...METADATA, bindings: [{ name: "A", type: "plain_text", text: "x".repeat(5_121) }] },
    { "index.js": MODULE },
  ],
  [
    "more than 64 bindings",
    {
      ...METADATA,
      bindings: Array.from({ length: 65 }, (_, index) => ({ name: `A${index}`, type: "plain_text", text: "x" })),
    },
    { "index.js": MODULE },
  ],
  ["a binding of another type", { ...METADATA, bindings: [{ name: "A", type: "ai" }] }, { "index.js": MODULE }],
  ...[
    ["without a namespace", { namespace_id: undefined }],
    ["with a number as namespace", { namespace_id: 1001 }],
    ["with a namespace that is not a number", { namespace_id: "claude-failover" }],
    ["with a namespace that is not positive", { namespace_id: "0" }],
    ["without a limit and a period", { simple: undefined }],
    ["with a limit of 0", { simple: { limit: 0, period: 60 } }],
    ["with a period of an hour", { simple: { limit: 60, period: 3_600 } }],
  ].map(([what, wrong]): [string, object, Record<string, string>] => [
    `a rate limit ${what}`,
    { ...METADATA, bindings: [Object.assign({}, RATE_LIMIT, wrong)] },
    { "index.js": MODULE },
  ]),
])("an upload with %s is refused", async (_, metadata, modules) => {
  const refused = await cloud().cloudflare("PUT", "/workers/scripts/refused", multipart(metadata, modules));

  expect(refused.status).toBe(400);
  expect(refused.headers.get("x-should-retry")).toBe("false");
});

test("an upload that is not multipart is refused", async () => {
  expect(await cloud().cloudflare("PUT", "/workers/scripts/refused", { body: METADATA })).toMatchObject({
    status: 400,
  });
});
