import { describe, expect, it } from "vitest";
import type { KeyFaults } from "../../infra/settings/faults.ts";
import { type GivenSettings, oneLine, withNames, withSetting } from "./given-settings.ts";

const given = (...texts: string[]) => texts.reduce(withSetting, {} as GivenSettings);

describe("a setting on the command line", () => {
  it.each<[what: string, texts: string[], settings: object]>([
    ["is text if it is not JSON", ["routing=direct"], { routing: "direct" }],
    [
      "is JSON if it can be parsed",
      ['models={"a":{"b":[1]}}', "logPayloads=true"],
      { models: { a: { b: [1] } }, logPayloads: true },
    ],
    ["may contain an equals sign", ["otelAuthorization=Basic YQ=="], { otelAuthorization: "Basic YQ==" }],
    ["may be empty", ["force="], { force: "" }],
    [
      "keeps the leading zeros of an id",
      ["cloudflareAccountId=00000000000000000000000000000012"],
      { cloudflareAccountId: "00000000000000000000000000000012" },
    ],
    [
      "keeps all digits of a long id",
      ["id=11111111111111111111111111111111"],
      { id: "11111111111111111111111111111111" },
    ],
    ["replaces an earlier one", ["routing=direct", "routing=bypass"], { routing: "bypass" }],
    [
      "may set one part and keep the others",
      ['timeouts={"firstByteMs":5}', "timeouts.jsonMs=1000"],
      { timeouts: { firstByteMs: 5, jsonMs: 1000 } },
    ],
    ["may set a part of a missing setting", ["rotation.google.epoch=2"], { rotation: { google: { epoch: 2 } } }],
    [
      "may set a part of a list entry",
      ['clients=["a",{"name":"b"}]', "clients[1].operator=true"],
      { clients: ["a", { name: "b", operator: true }] },
    ],
    [
      "replaces all parts when given as a whole",
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

  it("may be a comma-separated list of names", () => {
    expect(withNames({ routing: "direct" }, "clients", "web, ci")).toEqual({
      routing: "direct",
      clients: ["web", "ci"],
    });
  });
});

describe("oneLine", () => {
  const refusal = (...faults: KeyFaults[]) => Object.assign(new Error("The configuration cannot be used"), { faults });

  it.each<[string, Error | string, string]>([
    ["the first line of an error", new Error("no\nat all"), "no"],
    ["the text of a thrown string", "no", "no"],
    ["a fallback for an empty message", new Error(""), "unknown error"],
    [
      "all problems of a configuration",
      refusal(
        { key: "a", text: "a: bad", repair: { kind: "remove" } },
        { key: "b", text: "b: bad", repair: { kind: "edit", how: "take it out" } },
      ),
      "a: bad; b: bad",
    ],
    [
      "a repair as a --set option",
      refusal({ key: "routing", text: "routing: bad", repair: { kind: "set", value: "universal" } }),
      "routing: bad: --set routing=universal",
    ],
    [
      "the repair of a part as a --set option with the whole value",
      refusal({ key: "timeouts", text: "timeouts.jsonMs: bad", repair: { kind: "set", value: { jsonMs: 1 } } }),
      `timeouts.jsonMs: bad: --set 'timeouts={"jsonMs":1}'`,
    ],
    [
      "the repair of a secret, with a placeholder",
      refusal({ key: "gatewayToken", text: "gatewayToken: bad", repair: { kind: "ask" } }),
      "gatewayToken: bad: --set gatewayToken=VALUE",
    ],
  ])("returns %s", (_what, error, line) => {
    expect(oneLine(error)).toBe(line);
  });
});
