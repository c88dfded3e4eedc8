import { describe, expect, it } from "vitest";
import { changeWarnings } from "./change-warnings.ts";
import type { DeployedResource } from "./deployed.ts";
import { SETTINGS } from "./index.ts";

const ACCOUNT = "0".repeat(32);
const ZONE_ID = "1".repeat(32);
const REQUIRED = { cloudflareAccountId: ACCOUNT, googleProject: "a-project", anthropicApiKey: "sk-ant-12345678" };
const NAMES = { worker: "claude-failover-dev" };

const SCRIPT = resource("workersScript:WorkersScript", { accountId: ACCOUNT, scriptName: NAMES.worker });
const WORKERS_DEV = resource("workersScriptSubdomain:WorkersScriptSubdomain", { enabled: true });
const NO_WORKERS_DEV = resource("workersScriptSubdomain:WorkersScriptSubdomain", { enabled: false });
const DOMAIN = resource("workersCustomDomain:WorkersCustomDomain", { hostname: "a.example.com", zoneId: ZONE_ID });
const ACCESS = resource("zeroTrustAccessApplication:ZeroTrustAccessApplication", {});

function resource(type: string, outputs: DeployedResource["outputs"]): DeployedResource {
  return { type: `cloudflare:index/${type}`, name: type, outputs };
}

function warnings(settings: object, deployed: readonly DeployedResource[], names = NAMES): string[] {
  return changeWarnings(SETTINGS.parse({ ...REQUIRED, ...settings }), names, deployed);
}

const domain = (hostname: string, zoneId = ZONE_ID) => ({ domain: { hostname, zoneId } });
const GATED = { access: { emails: ["you@example.com"] } };

describe("a preview does not warn of", () => {
  it.each<[string, object, DeployedResource[]]>([
    ["an unchanged configuration", {}, [SCRIPT, WORKERS_DEV]],
    ["a domain in addition to workers.dev", { ...domain("a.example.com"), workersDev: "keep" }, [SCRIPT, WORKERS_DEV]],
    ["Access that is already on", { ...domain("a.example.com"), ...GATED }, [SCRIPT, NO_WORKERS_DEV, DOMAIN, ACCESS]],
    ["workers.dev switched on", { ...domain("a.example.com"), workersDev: "keep" }, [SCRIPT, NO_WORKERS_DEV, DOMAIN]],
    ["Access that is already on at workers.dev", GATED, [SCRIPT, WORKERS_DEV, ACCESS]],
  ])("%s", (_what, settings, deployed) => {
    expect(warnings(settings, deployed)).toEqual([]);
  });
});

describe("a preview warns of", () => {
  it.each<[string, object, DeployedResource[], RegExp[]]>([
    ["workers.dev switched off", domain("a.example.com"), [SCRIPT, WORKERS_DEV], [/switched off when a\.example\.com/]],
    ["a new hostname", domain("b.example.com"), [SCRIPT, NO_WORKERS_DEV, DOMAIN], [/^a\.example\.com is removed/]],
    [
      "a removed hostname",
      {},
      [SCRIPT, NO_WORKERS_DEV, DOMAIN],
      [/^a\.example\.com .* workers\.dev works before that/],
    ],
    [
      "a hostname in another zone",
      domain("a.example.com", "2".repeat(32)),
      [SCRIPT, NO_WORKERS_DEV, DOMAIN],
      [/created again/],
    ],
    [
      "Access that is switched on",
      { ...domain("a.example.com"), ...GATED },
      [SCRIPT, NO_WORKERS_DEV, DOMAIN],
      [/^Cloudflare Access is switched on for a\.example\.com/],
    ],
    [
      "Access that is switched on for workers.dev",
      GATED,
      [SCRIPT, WORKERS_DEV],
      [/^Cloudflare Access is switched on for workers\.dev\./],
    ],
    [
      "Access that is switched on for both addresses",
      { ...domain("a.example.com"), ...GATED, workersDev: "keep" },
      [SCRIPT, WORKERS_DEV, DOMAIN],
      [/^Cloudflare Access is switched on for a\.example\.com and workers\.dev\./],
    ],
    [
      "another account while the Worker is adopted",
      { cloudflareAccountId: "3".repeat(32), adopt: ["worker"] },
      [SCRIPT, WORKERS_DEV],
      [/^The Cloudflare account changes/, /^claude-failover-dev is deleted before the new Worker is created/],
    ],
    [
      "another account",
      { cloudflareAccountId: "3".repeat(32) },
      [SCRIPT, WORKERS_DEV],
      [/^The Cloudflare account changes/],
    ],
  ])("%s", (_what, settings, deployed, expected) => {
    expect(warnings(settings, deployed)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it("a rename, with the setting that avoids it, and of the interruption at its domain", () => {
    const found = warnings(domain("a.example.com"), [SCRIPT, NO_WORKERS_DEV, DOMAIN], {
      worker: "claude-failover-new",
    });

    expect(found).toEqual([
      expect.stringMatching(/renamed from claude-failover-dev to claude-failover-new.*config set namedAfter/),
      expect.stringMatching(/^a\.example\.com is deleted and created again/),
    ]);
  });
});
