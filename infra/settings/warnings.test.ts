import { expect, it } from "vitest";
import { SETTINGS } from "./index.ts";
import { warningsOf } from "./warnings.ts";

const REQUIRED = {
  cloudflareAccountId: "0".repeat(32),
  googleProject: "a-project",
  anthropicApiKey: "sk-ant-12345678",
};

function warnings(settings: object): string[] {
  return warningsOf(SETTINGS.parse({ ...REQUIRED, ...settings }));
}

it("gives no warning for the defaults", () => {
  expect(warnings({})).toEqual([]);
});

it("warns of every secret whose next rotation deletes the old value at once", () => {
  const found = warnings({
    clients: ["app", { name: "ci", epoch: 2, revokePrevious: true }],
    rotation: { google: { epoch: 2, revokePrevious: true } },
  });

  expect(found.map((text) => text.slice(0, text.indexOf(":")))).toEqual([
    "revokePrevious is on for the client ci",
    "revokePrevious is on for rotation.google",
  ]);
});

it("says when to remove adopt", () => {
  expect(warnings({ adopt: ["gateway", "role"] })).toEqual([
    "adopt is on for gateway, role. When this run has succeeded: pulumi config rm adopt",
  ]);
});

it("warns of a time limit of one target that leaves no time for the next target", () => {
  expect(warnings({ timeouts: { chainMs: 200_000 } })).toEqual([expect.stringMatching(/^timeouts\.jsonMs \(280000\)/)]);
});
