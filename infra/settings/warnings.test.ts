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

const BEDROCK = { bedrock: { region: "us-east-1" }, bedrockApiKey: `ABSK${"b".repeat(40)}`, routing: "direct" };

it.each([
  ["the routing that may not take Bedrock", { ...BEDROCK, routing: "universal" }, "pulumi config set routing direct"],
  [
    "a region without the endpoint",
    { ...BEDROCK, bedrock: { region: "us-west-1" } },
    `pulumi config set bedrock '{"region":"us-east-1"}'`,
  ],
  ["Bedrock outside the allowed locations", { ...BEDROCK, allowedLocations: ["us"] }, "pulumi config rm bedrock"],
  ["a key that nothing uses", { bedrockApiKey: BEDROCK.bedrockApiKey }, "pulumi config rm bedrockApiKey"],
])("warns of %s, with a command", (_what, settings, command) => {
  expect(warnings(settings)).toEqual([expect.stringMatching(`: ${command.replaceAll(/[{}]/g, ".")}$`)]);
});

it("gives no warning for Bedrock without the Universal Endpoint", () => {
  expect(warnings(BEDROCK)).toEqual([]);
});
