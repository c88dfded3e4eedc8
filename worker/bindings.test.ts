/** An error about a binding contains its name, and never its value. */
import { describe, expect, it } from "vitest";
import { BindingError, type Bindings, type RateLimit, readSettings } from "./bindings.ts";
import { CLIENTS_PER_BINDING } from "./client-line.ts";
import type { Options } from "./options.ts";

const base64 = (value: object) => btoa(JSON.stringify(value));
const DIGEST = "a".repeat(43);
const KEY = { type: "service_account", client_email: "e", private_key: "k", private_key_id: "i", token_uri: "u" };
const IDENTITY = {
  type: "workload_identity",
  private_key: "k",
  private_key_id: "i",
  issuer: "https://i",
  subject: "s",
  audience: "//a",
};
const OPTIONS: Options = {
  routing: "universal",
  force: null,
  logPayloads: false,
  timeouts: { bodyMs: 1, firstByteMs: 1, firstEventMs: 1, idleMs: 1, jsonMs: 1, chainMs: 1 },
  breaker: { failures: 1, windowMs: 1, openMs: 1 },
  stickiness: { mode: "full", maxAgeMs: 1, vertexSession: true },
  corsOrigins: [],
  models: { "claude-x": { vertexId: "claude-x", locations: ["us"] } },
  bedrock: null,
  chain: ["anthropic", "vertex"],
};
const GOOD: Bindings = {
  VERSION: { id: "v1" },
  ENVIRONMENT: "dev",
  GATEWAY_URL: "https://gateway",
  GOOGLE_PROJECT: "p",
  VERTEX_LOCATIONS: '["us-east5"]',
  CLIENT_COUNT: "1",
  CLIENTS_1: `ci ${DIGEST} ${DIGEST}`,
  OPTIONS: JSON.stringify(OPTIONS),
  ANTHROPIC_API_KEY: "a2",
  GATEWAY_TOKEN: "g2",
  GOOGLE_CREDENTIAL: base64(KEY),
};

it("names the binding VERSION if it is missing", () => {
  const { VERSION, ...rest } = GOOD;
  expect(() => readSettings(rest)).toThrow(new BindingError("The binding VERSION is missing."));
});

describe("a secret", () => {
  it("has only a current value without a rotation", () => {
    expect(readSettings(GOOD)).toMatchObject({
      anthropicApiKeys: { current: "a2" },
      gatewayTokens: { current: "g2" },
      googleCredentials: { current: KEY },
    });
  });

  it.each(["anthropicApiKeys", "gatewayTokens", "googleCredentials"] as const)(
    "has no previous value without a rotation: %s",
    (name) => {
      expect(readSettings(GOOD)[name]).not.toHaveProperty("previous");
    },
  );

  it("has a current and a previous value during a rotation", () => {
    const previous = {
      ANTHROPIC_API_KEY_PREVIOUS: "a1",
      GATEWAY_TOKEN_PREVIOUS: "g1",
      GOOGLE_CREDENTIAL_PREVIOUS: base64(IDENTITY),
    };

    expect(readSettings({ ...GOOD, ...previous })).toMatchObject({
      anthropicApiKeys: { current: "a2", previous: "a1" },
      gatewayTokens: { current: "g2", previous: "g1" },
      googleCredentials: { current: KEY, previous: IDENTITY },
    });
  });
});

describe("the clients", () => {
  const lines = (names: readonly string[]) => names.map((name) => `${name} ${DIGEST}`).join("\n");
  const first = Array.from({ length: CLIENTS_PER_BINDING }, (_, index) => `first-${index}`);
  const MANY = {
    ...GOOD,
    CLIENT_COUNT: String(2 * CLIENTS_PER_BINDING + 1),
    CLIENTS_1: lines(first),
    CLIENTS_2: lines(first.map((name) => `${name}-again`)),
    CLIENTS_3: lines(["last"]),
  };

  it("are read from several bindings", () => {
    const { clients } = readSettings(MANY);

    expect(clients.length).toBe(2 * CLIENTS_PER_BINDING + 1);
    expect([clients[0]?.name, clients.at(-1)?.name]).toEqual(["first-0", "last"]);
  });

  it("need no second binding if they just fit into the first", () => {
    const { CLIENTS_1 } = MANY;
    const full = { ...GOOD, CLIENT_COUNT: String(CLIENTS_PER_BINDING), CLIENTS_1 };

    expect(readSettings(full).clients.length).toBe(CLIENTS_PER_BINDING);
  });

  it.each(["CLIENTS_1", "CLIENTS_2", "CLIENTS_3"] as const)("are refused if %s is missing", (name) => {
    const { [name]: _removed, ...rest } = MANY;

    expect(() => readSettings(rest)).toThrow(new BindingError(`The binding ${name} is missing.`));
  });

  it.each([
    ["CLIENTS_2", "a line too few", lines(first.slice(1))],
    ["CLIENTS_2", "a line too many", lines([...first, "more"])],
    ["CLIENTS_3", "a line too many", lines(["last", "more"])],
    ["CLIENTS_2", "an empty line", lines(first).replace(/^.+\n/, "\n")],
  ])("are refused if %s has %s", (name, _what, value) => {
    expect(() => readSettings({ ...MANY, [name]: value })).toThrow(
      new BindingError(`The binding ${name} is malformed.`),
    );
  });
});

describe("the options", () => {
  it.each<Options["routing"]>(["universal", "direct", "bypass"])("accept the routing %s", (routing) => {
    expect(readSettings({ ...GOOD, OPTIONS: JSON.stringify({ ...OPTIONS, routing }) }).options.routing).toBe(routing);
  });
});

describe("the key of Bedrock", () => {
  const withBedrock = JSON.stringify({
    ...OPTIONS,
    bedrock: { region: "us-east-1" },
    chain: ["bedrock", "vertex", "anthropic"],
  });

  it("is read if Bedrock is used, with its previous value", () => {
    const more = { OPTIONS: withBedrock, BEDROCK_API_KEY: "b2", BEDROCK_API_KEY_PREVIOUS: "b1" };

    expect(readSettings({ ...GOOD, ...more }).bedrockApiKeys).toEqual({ current: "b2", previous: "b1" });
  });

  it("is needed if Bedrock is used", () => {
    const error = new BindingError("The binding BEDROCK_API_KEY is missing.");

    expect(() => readSettings({ ...GOOD, OPTIONS: withBedrock })).toThrow(error);
  });

  it("is not read if Bedrock is not used", () => {
    expect(readSettings(GOOD)).not.toHaveProperty("bedrockApiKeys");
  });
});

describe("a client's rate limit", () => {
  const limited = (requestsPerMinute: number) => ({
    CLIENT_COUNT: "2",
    CLIENTS_1: `unlimited ${DIGEST}\nci ${DIGEST} ${requestsPerMinute}`,
  });
  const counter: RateLimit = { limit: async () => ({ success: true }) };

  it("is read from the client's line, with the counter of its rate", () => {
    const settings = readSettings({ ...GOOD, ...limited(60), RATE_LIMIT_60: counter });

    expect(settings.clients.map(({ requestsPerMinute }) => requestsPerMinute)).toEqual([undefined, 60]);
    expect([...settings.rateLimits]).toEqual([[60, counter]]);
  });

  it("needs the binding of its counter", () => {
    const bindings = { ...GOOD, ...limited(60), RATE_LIMIT_6: counter };

    expect(() => readSettings(bindings)).toThrow(new BindingError("The binding RATE_LIMIT_60 is missing."));
  });
});

describe("a binding", () => {
  it.each(Object.keys(GOOD) as (keyof Bindings)[])("is reported as missing if it is absent or empty: %s", (name) => {
    const { [name]: _removed, ...rest } = GOOD;
    expect(() => readSettings(rest)).toThrow(`The binding ${name} is missing.`);
    expect(() => readSettings({ ...GOOD, [name]: "" })).toThrow(`The binding ${name} is missing.`);
  });

  const options = (more: object) => JSON.stringify({ ...OPTIONS, ...more });
  const without = (credential: object, member: string) => base64({ ...credential, [member]: "" });
  it.each<[keyof Bindings, string, string]>([
    ["VERTEX_LOCATIONS", "invalid JSON", "us-east5"],
    ["VERTEX_LOCATIONS", "a string instead of a list", '"us-east5"'],
    ["VERTEX_LOCATIONS", "a number among the strings", '["us-east5",1]'],
    ["CLIENT_COUNT", "a word instead of a number", "many"],
    ["CLIENT_COUNT", "zero", "0"],
    ["CLIENT_COUNT", "a fraction", "1.5"],
    ["CLIENTS_1", "no client's line", "{}"],
    ["OPTIONS", "an unknown routing", options({ routing: "teleport" })],
    ...Object.keys(OPTIONS).map((name): [keyof Bindings, string, string] => [
      "OPTIONS",
      `no ${name}`,
      options({ [name]: undefined }),
    ]),
    ...Object.keys(OPTIONS.timeouts).flatMap((name): [keyof Bindings, string, string][] => [
      ["OPTIONS", `zero for ${name}`, options({ timeouts: { ...OPTIONS.timeouts, [name]: 0 } })],
      ["OPTIONS", `no ${name}`, options({ timeouts: { ...OPTIONS.timeouts, [name]: undefined } })],
    ]),
    ...(["failures", "windowMs", "openMs"] as const).map((name): [keyof Bindings, string, string] => [
      "OPTIONS",
      `zero for ${name}`,
      options({ breaker: { ...OPTIONS.breaker, [name]: 0 } }),
    ]),
    ["OPTIONS", "Bedrock without a region", options({ bedrock: {}, chain: ["anthropic", "vertex", "bedrock"] })],
    ["OPTIONS", "a chain without a provider", options({ chain: ["vertex"] })],
    ["OPTIONS", "a chain with a provider twice", options({ chain: ["anthropic", "vertex", "vertex"] })],
    ["OPTIONS", "a chain with a provider that is not used", options({ chain: ["anthropic", "vertex", "bedrock"] })],
    ["OPTIONS", "a number as an origin", options({ corsOrigins: ["https://a", 1] })],
    ["OPTIONS", "a model without an id", options({ models: { x: { vertexId: "", locations: [] } } })],
    ["OPTIONS", "a model with an empty location", options({ models: { x: { vertexId: "x", locations: ["us", ""] } } })],
    ["GOOGLE_CREDENTIAL", "invalid base64", "{}"],
    ["GOOGLE_CREDENTIAL", "an unknown type", base64({ ...KEY, type: "authorized_user" })],
    ...["client_email", "private_key", "private_key_id", "token_uri"].map(
      (member): [keyof Bindings, string, string] => [
        "GOOGLE_CREDENTIAL",
        `a key without ${member}`,
        without(KEY, member),
      ],
    ),
    ...["private_key", "private_key_id", "issuer", "subject", "audience"].map(
      (member): [keyof Bindings, string, string] => [
        "GOOGLE_CREDENTIAL",
        `an identity without ${member}`,
        without(IDENTITY, member),
      ],
    ),
    ["GOOGLE_CREDENTIAL_PREVIOUS", "invalid base64", "{}"],
  ])("is reported as malformed, without its value: %s with %s", (name, _what, value) => {
    expect(() => readSettings({ ...GOOD, [name]: value })).toThrow(
      new BindingError(`The binding ${name} is malformed.`),
    );
  });
});
