/** A deployment fault is told by the binding's name, never by its value. */
import { describe, expect, it } from "vitest";
import { BindingError, type Bindings, type Options, type RateLimit, readSettings } from "./bindings.ts";
import { CLIENTS_PER_BINDING } from "./client-line.ts";

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
  corsOrigins: [],
  models: { "claude-x": { vertexId: "claude-x", locations: ["us"] } },
};
const GOOD: Bindings = {
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

describe("a secret", () => {
  it("is read alone while nothing is rotated", () => {
    expect(readSettings(GOOD)).toMatchObject({
      anthropicApiKeys: { current: "a2" },
      gatewayTokens: { current: "g2" },
      googleCredentials: { current: KEY },
    });
  });

  it.each(["anthropicApiKeys", "gatewayTokens", "googleCredentials"] as const)(
    "has no previous one while nothing is rotated: %s",
    (name) => {
      expect(readSettings(GOOD)[name]).not.toHaveProperty("previous");
    },
  );

  it("is read with the one before it while it is rotated", () => {
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

  it("are read from as many bindings as they need", () => {
    const { clients } = readSettings(MANY);

    expect(clients.length).toBe(2 * CLIENTS_PER_BINDING + 1);
    expect([clients[0]?.name, clients.at(-1)?.name]).toEqual(["first-0", "last"]);
  });

  it("fill a binding to its end before the next one is needed", () => {
    const { CLIENTS_1 } = MANY;
    const full = { ...GOOD, CLIENT_COUNT: String(CLIENTS_PER_BINDING), CLIENTS_1 };

    expect(readSettings(full).clients.length).toBe(CLIENTS_PER_BINDING);
  });

  it.each(["CLIENTS_1", "CLIENTS_2", "CLIENTS_3"] as const)("are never fewer because %s is missing", (name) => {
    const { [name]: _removed, ...rest } = MANY;

    expect(() => readSettings(rest)).toThrow(new BindingError(`The binding ${name} is missing.`));
  });

  it.each([
    ["CLIENTS_2", "a line less", lines(first.slice(1))],
    ["CLIENTS_2", "a line more", lines([...first, "more"])],
    ["CLIENTS_3", "a line more", lines(["last", "more"])],
    ["CLIENTS_2", "a line that is empty", lines(first).replace(/^.+\n/, "\n")],
  ])("are never others because %s has %s", (name, _what, value) => {
    expect(() => readSettings({ ...MANY, [name]: value })).toThrow(
      new BindingError(`The binding ${name} is malformed.`),
    );
  });
});

describe("the options", () => {
  it.each<Options["routing"]>(["universal", "direct", "bypass"])("have the routing %s", (routing) => {
    expect(readSettings({ ...GOOD, OPTIONS: JSON.stringify({ ...OPTIONS, routing }) }).options.routing).toBe(routing);
  });
});

describe("a client's rate", () => {
  const limited = (requestsPerMinute: number) => ({
    CLIENT_COUNT: "2",
    CLIENTS_1: `unlimited ${DIGEST}\nci ${DIGEST} ${requestsPerMinute}`,
  });
  const counter: RateLimit = { limit: async () => ({ success: true }) };

  it("is read with the client", () => {
    const settings = readSettings({ ...GOOD, ...limited(60), RATE_LIMIT_60: counter });

    expect(settings.clients.map(({ requestsPerMinute }) => requestsPerMinute)).toEqual([undefined, 60]);
    expect([...settings.rateLimits]).toEqual([[60, counter]]);
  });

  it("needs the binding that counts for it", () => {
    const bindings = { ...GOOD, ...limited(60), RATE_LIMIT_6: counter };

    expect(() => readSettings(bindings)).toThrow(new BindingError("The binding RATE_LIMIT_60 is missing."));
  });
});

describe("a binding", () => {
  it.each(Object.keys(GOOD) as (keyof Bindings)[])("%s that is missing or empty is named", (name) => {
    const { [name]: _removed, ...rest } = GOOD;
    expect(() => readSettings(rest)).toThrow(`The binding ${name} is missing.`);
    expect(() => readSettings({ ...GOOD, [name]: "" })).toThrow(`The binding ${name} is missing.`);
  });

  const options = (more: object) => JSON.stringify({ ...OPTIONS, ...more });
  const without = (credential: object, member: string) => base64({ ...credential, [member]: "" });
  it.each<[keyof Bindings, string, string]>([
    ["VERTEX_LOCATIONS", "no JSON", "us-east5"],
    ["VERTEX_LOCATIONS", "no list", '"us-east5"'],
    ["VERTEX_LOCATIONS", "no texts", '["us-east5",1]'],
    ["CLIENT_COUNT", "no number", "many"],
    ["CLIENT_COUNT", "no client", "0"],
    ["CLIENT_COUNT", "a number that is not whole", "1.5"],
    ["CLIENTS_1", "no client", "{}"],
    ["OPTIONS", "an unknown routing", options({ routing: "teleport" })],
    ...Object.keys(OPTIONS.timeouts).flatMap((name): [keyof Bindings, string, string][] => [
      ["OPTIONS", `no time for ${name}`, options({ timeouts: { ...OPTIONS.timeouts, [name]: 0 } })],
      ["OPTIONS", `nothing for ${name}`, options({ timeouts: { ...OPTIONS.timeouts, [name]: undefined } })],
    ]),
    ...(["failures", "windowMs", "openMs"] as const).map((name): [keyof Bindings, string, string] => [
      "OPTIONS",
      `no ${name}`,
      options({ breaker: { ...OPTIONS.breaker, [name]: 0 } }),
    ]),
    ["OPTIONS", "an origin that is none", options({ corsOrigins: ["https://a", 1] })],
    ["OPTIONS", "a model without an id", options({ models: { x: { vertexId: "", locations: [] } } })],
    [
      "OPTIONS",
      "a model with a location that is none",
      options({ models: { x: { vertexId: "x", locations: ["us", ""] } } }),
    ],
    ["GOOGLE_CREDENTIAL", "no base64", "{}"],
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
    ["GOOGLE_CREDENTIAL_PREVIOUS", "no base64", "{}"],
  ])("%s with %s is named, and not repeated", (name, _what, value) => {
    expect(() => readSettings({ ...GOOD, [name]: value })).toThrow(
      new BindingError(`The binding ${name} is malformed.`),
    );
  });
});
