import { describe, expect, it } from "vitest";
import { modelWarnings } from "./model-warnings.ts";
import { parseSettings } from "./parse.ts";

const REQUIRED = {
  cloudflareAccountId: "0".repeat(32),
  googleProject: "a-project",
  anthropicApiKey: "sk-ant-12345678",
};
/** No model of the table ends within 90 days of this one, and none of today's has ended. */
const QUIET_DAY = "2026-08-20";
const NEWER_THAN_US_EAST5 = [
  "claude-fable-5-2",
  "claude-fable-5-1",
  "claude-fable-5",
  "claude-haiku-5-5",
  "claude-sonnet-5-5",
  "claude-opus-5-5",
  "claude-opus-5",
  "claude-sonnet-5",
  "claude-opus-4-8",
  "claude-opus-4-7",
].join(", ");

function warnings(given: object, { isNewChoice = false, day = QUIET_DAY } = {}): string[] {
  const parsed = parseSettings({ ...REQUIRED, ...given });
  if (parsed.kind === "faults") throw new Error(JSON.stringify(parsed.faults));
  return modelWarnings(parsed.settings, isNewChoice, Date.parse(day));
}

const limitOf = (...models: string[]) => ({ spendLimits: [{ usd: 1, windowSeconds: 60, models }] });

describe("models without a failover", () => {
  it("do not exist with the default locations", () => {
    expect(warnings({}, { isNewChoice: true })).toEqual([]);
  });

  it("are listed where a narrow choice is new, with the command that changes it", () => {
    expect(warnings({ vertexLocations: ["us-east5"] }, { isNewChoice: true })).toEqual([
      `No failover for ${NEWER_THAN_US_EAST5}: Vertex does not serve them in us-east5. If their data may go to us: ` +
        `pulumi config set vertexLocations '["us-east5","us"]'`,
    ]);
  });

  it("are listed where allowedLocations alone is new, which the command widens too", () => {
    expect(warnings({ allowedLocations: ["us-east5"] }, { isNewChoice: true })).toEqual([
      `No failover for ${NEWER_THAN_US_EAST5}: Vertex does not serve them in us-east5. If their data may go to us: ` +
        `pulumi config set allowedLocations '["us-east5","us"]' && ` +
        `pulumi config set vertexLocations '["us-east5","us"]'`,
    ]);
  });

  it("are not listed if the locations stay the same, unless the settings name them", () => {
    expect(warnings({ vertexLocations: ["us-east5"] })).toEqual([]);
  });

  it.each([
    ["modelGarden", { modelGarden: { models: ["claude-opus-5"] } }],
    ["spendLimits", limitOf("claude-opus-5")],
  ])("are listed where the locations stay the same if they are named in %s", (_setting, settings) => {
    expect(warnings({ vertexLocations: ["us-east5"], ...settings })).toEqual([
      "No failover for claude-opus-5: Vertex does not serve it in us-east5. If its data may go to us: " +
        `pulumi config set vertexLocations '["us-east5","us"]'`,
    ]);
  });

  it("get locations that are allowed, where these are enough", () => {
    const allowed = { vertexLocations: ["us-east5"], allowedLocations: ["us-east5", "eu"] };

    expect(warnings({ ...allowed, ...limitOf("claude-opus-5") })).toEqual([
      expect.stringMatching(/may go to eu: pulumi config set vertexLocations '\["us-east5","eu"\]'$/),
    ]);
  });

  it("get no command if no location serves them", () => {
    const models = { "claude-x": { vertexId: "claude-x", locations: [] } };

    expect(warnings({ models })).toEqual([
      "No failover for claude-x: Vertex does not serve it in us-east5, us, global.",
    ]);
  });

  it("are not those that Google does not offer, nor those that a location serves", () => {
    expect(warnings(limitOf("claude-mythos-5", "claude-sonnet-4-6", "claude-unheard-of"))).toEqual([]);
  });
});

describe("models that end within 90 days on either side", () => {
  it("are listed in one line: all that the stack's locations serve, if the settings name none", () => {
    expect(warnings({}, { day: "2026-11-26" })).toEqual([
      "Models that may end within 90 days: claude-opus-4-6 (Google promises it until 2027-02-05), " +
        "claude-opus-4-5-20251101 (Anthropic ends it on 2027-01-22), claude-sonnet-4-5-20250929 (Anthropic ends it " +
        "on 2026-11-30). To see what serves each: npm run models",
    ]);
  });

  it("are not those that no location of the stack serves, nor those that have ended", () => {
    expect(warnings({ vertexLocations: ["eu"] }, { day: "2026-12-01" })).toEqual([
      expect.stringMatching(/^Models that may end within 90 days: claude-opus-4-5-20251101 \([^)]*\)\. /),
    ]);
  });

  it.each([
    ["models", { models: { "claude-opus-4-5-20251101": { vertexId: "o", locations: ["us"] } } }],
    ["modelGarden, by an alias", { modelGarden: { models: ["claude-opus-4-5"] } }],
    ["spendLimits, by Vertex's id", limitOf("claude-opus-4-5@20251101")],
  ])("are only those that the settings name, if they name any: %s", (_where, settings) => {
    expect(warnings(settings, { day: "2026-11-26" })).toEqual([
      "Models that may end within 90 days: claude-opus-4-5-20251101 (Anthropic ends it on 2027-01-22). To see what " +
        "serves each: npm run models",
    ]);
  });

  it("have ended already, if they are named nevertheless", () => {
    expect(warnings(limitOf("claude-sonnet-4-5"), { day: "2026-12-01" })).toEqual([
      expect.stringContaining("(Anthropic ended it on 2026-11-30)"),
    ]);
  });

  it.each([
    ["2026-10-23", 0],
    ["2026-10-24", 1],
  ])("are named from 90 days before: %s", (day, count) => {
    expect(warnings(limitOf("claude-opus-4-5"), { day })).toHaveLength(count);
  });
});

describe("what Claude Fable needs beyond Model Garden's terms", () => {
  const NEEDS =
    "beyond Model Garden's terms, Claude Fable on Vertex needs the Advanced AI Safety Addendum, once for the " +
    "project, and the sharing of prompts and answers with Anthropic, for each location (us-east5, us, global). " +
    "Accept them in Model Garden yourself.";

  it("is said where the settings name a Fable model", () => {
    expect(warnings(limitOf("claude-fable-5-2"))).toEqual([`claude-fable-5-2: ${NEEDS}`]);
  });

  it("is said where the stack enables a Fable model, which does not accept them", () => {
    expect(warnings({ modelGarden: { models: ["claude-fable-5-2", "claude-opus-5"] } })).toEqual([
      `claude-fable-5-2: ${NEEDS} modelGarden cannot accept them.`,
    ]);
  });
});
