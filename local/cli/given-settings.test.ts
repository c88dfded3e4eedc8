import { describe, expect, it } from "vitest";
import type { KeyFaults } from "../../infra/settings/faults.ts";
import { type GivenSettings, oneLine, withNames, withSetting } from "./given-settings.ts";

const given = (...texts: string[]) => texts.reduce(withSetting, {} as GivenSettings);

describe("a setting on the command line", () => {
  it.each<[what: string, texts: string[], settings: object]>([
    ["is text where it is no JSON", ["routing=direct"], { routing: "direct" }],
    [
      "is JSON where it can be",
      ['models={"a":{"b":[1]}}', "logPayloads=true"],
      { models: { a: { b: [1] } }, logPayloads: true },
    ],
    ["may hold an equals sign", ["otelAuthorization=Basic YQ=="], { otelAuthorization: "Basic YQ==" }],
    ["may be empty", ["force="], { force: "" }],
    [
      "keeps an id of many digits",
      ["cloudflareAccountId=00000000000000000000000000000012"],
      { cloudflareAccountId: "00000000000000000000000000000012" },
    ],
    [
      "keeps an id that a number would shorten",
      ["id=11111111111111111111111111111111"],
      { id: "11111111111111111111111111111111" },
    ],
    ["replaces an earlier one", ["routing=direct", "routing=bypass"], { routing: "bypass" }],
    [
      "may be a part, which leaves the others",
      ['timeouts={"firstByteMs":5}', "timeouts.jsonMs=1000"],
      { timeouts: { firstByteMs: 5, jsonMs: 1000 } },
    ],
    ["may be a part of what is not there yet", ["rotation.google.epoch=2"], { rotation: { google: { epoch: 2 } } }],
    [
      "may be a part of a list",
      ['clients=["a",{"name":"b"}]', "clients[1].operator=true"],
      { clients: ["a", { name: "b", operator: true }] },
    ],
    [
      "is replaced whole when it is given whole",
      ["timeouts.jsonMs=1", 'timeouts={"chainMs":2}'],
      { timeouts: { chainMs: 2 } },
    ],
  ])("%s", (_what, texts, settings) => {
    expect(given(...texts)).toEqual(settings);
  });

  it.each([
    [["routing"], /a setting is written like routing=direct/],
    [["=x"], /a setting is written like/],
    [["routing=direct", "routing.x=1"], /^routing is set to a value without parts, so it has no x\.$/],
  ])("is refused: %j", (texts, message) => {
    expect(() => given(...texts)).toThrow(message);
  });

  it("may be names with commas between them", () => {
    expect(withNames({ routing: "direct" }, "clients", "web, ci")).toEqual({
      routing: "direct",
      clients: ["web", "ci"],
    });
  });
});

describe("errors on one line", () => {
  const refusal = (...faults: KeyFaults[]) => Object.assign(new Error("The configuration cannot be used"), { faults });

  it.each<[string, Error | string, string]>([
    ["the first line of an error", new Error("no\nat all"), "no"],
    ["whatever was thrown", "no", "no"],
    ["something, where there is nothing", new Error(""), "unknown error"],
    [
      "all that is wrong with a configuration",
      refusal(
        { key: "a", text: "a: bad", repair: { kind: "remove" } },
        { key: "b", text: "b: bad", repair: { kind: "edit", how: "take it out" } },
      ),
      "a: bad; b: bad",
    ],
    [
      "a repair as an option",
      refusal({ key: "routing", text: "routing: bad", repair: { kind: "set", value: "universal" } }),
      "routing: bad: --set routing=universal",
    ],
    [
      "a repair of a part as an option with the whole value",
      refusal({ key: "timeouts", text: "timeouts.jsonMs: bad", repair: { kind: "set", value: { jsonMs: 1 } } }),
      `timeouts.jsonMs: bad: --set 'timeouts={"jsonMs":1}'`,
    ],
    [
      "a secret's repair",
      refusal({ key: "gatewayToken", text: "gatewayToken: bad", repair: { kind: "ask" } }),
      "gatewayToken: bad: --set gatewayToken=VALUE",
    ],
  ])("is %s", (_what, error, line) => {
    expect(oneLine(error)).toBe(line);
  });
});
