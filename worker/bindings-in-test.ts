/**
 * A stack's bindings for tests: no Vertex location, routing `bypass`, and limits that no test
 * reaches.
 */
import { createHash } from "node:crypto";
import type { Bindings } from "./bindings.ts";
import { clientLine } from "./client-line.ts";
import type { Options } from "./options.ts";

/** The token of the only client, `ci`. */
export const TOKEN = "token";

const LONG_MS = 60_000;
const OPTIONS: Options = {
  routing: "bypass",
  force: null,
  logPayloads: false,
  timeouts: {
    bodyMs: LONG_MS,
    firstByteMs: LONG_MS,
    firstEventMs: LONG_MS,
    idleMs: LONG_MS,
    jsonMs: LONG_MS,
    chainMs: LONG_MS,
  },
  breaker: { failures: 5, windowMs: LONG_MS, openMs: LONG_MS },
  stickiness: { mode: "full", maxAgeMs: 300_000, vertexSession: true },
  corsOrigins: [],
  models: {},
  bedrock: null,
  chain: ["anthropic", "vertex"],
};
const credential = {
  type: "service_account",
  client_email: "e",
  private_key: "k",
  private_key_id: "i",
  token_uri: "u",
};
export const bindings = (options: Partial<Options> = {}, more: Partial<Omit<Bindings, "VERSION">> = {}): Bindings => ({
  VERSION: { id: "v1" },
  ENVIRONMENT: "dev",
  GATEWAY_URL: "https://gateway",
  GOOGLE_PROJECT: "p",
  VERTEX_LOCATIONS: "[]",
  CLIENT_COUNT: "1",
  CLIENTS_1: clientLine({ name: "ci" }, [createHash("sha256").update(TOKEN).digest("base64url")]),
  OPTIONS: JSON.stringify({ ...OPTIONS, ...options }),
  ANTHROPIC_API_KEY: "a",
  GATEWAY_TOKEN: "g",
  GOOGLE_CREDENTIAL: btoa(JSON.stringify(credential)),
  ...more,
});
