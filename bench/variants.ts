/**
 * The Workers that are compared: ours as it is deployed, and small ones that show what no Worker
 * can do without.
 */
import { createHash, generateKeyPairSync } from "node:crypto";
import { bundleWorker } from "../infra/worker/bundle.ts";
import type { PlainBindings, SecretBindings } from "../worker/bindings.ts";
import { clientLine } from "../worker/client-line.ts";
import type { Options, Routing } from "../worker/options.ts";

export interface Variant {
  name: string;
  /** The source of the Worker's module. */
  module: string;
  version: string;
  /** The bindings that are texts. */
  texts: Readonly<Record<string, string>>;
}

export const CLIENT_TOKEN = "t".repeat(40);
const GATEWAY = "https://gateway.ai.cloudflare.com/v1/account/gateway";

function small(name: string, module: string): Variant {
  return { name, module, version: "v1", texts: {} };
}

/** Answers at once and calls nobody. */
export const EMPTY = small("empty", "export default { fetch: () => new Response('{}') };");

/** One fetch. Both bodies are passed on by workerd itself, without JavaScript. */
export const PASS_THROUGH = small(
  "pass-through",
  `export default {
    fetch(request) {
      const { pathname } = new URL(request.url);
      return fetch("${GATEWAY}/anthropic" + pathname, { method: request.method, headers: request.headers, body: request.body });
    }
  };`,
);

/** Passes the response's chunks on one by one, in the least JavaScript. It looks at no byte. */
export const PUMP = small(
  "pump",
  `export default {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const response = await fetch("${GATEWAY}/anthropic" + pathname, { method: request.method, headers: request.headers, body: request.body });
      const reader = response.body.getReader();
      const body = new ReadableStream({
        async pull(controller) {
          const { value, done } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        }
      });
      return new Response(body, response);
    }
  };`,
);

/** The limits are the defaults, except that the breaker never opens. */
const OPTIONS: Omit<Options, "routing"> = {
  force: null,
  logPayloads: false,
  timeouts: {
    bodyMs: 60_000,
    firstByteMs: 60_000,
    firstEventMs: 120_000,
    idleMs: 120_000,
    jsonMs: 280_000,
    chainMs: 590_000,
  },
  breaker: { failures: 1e9, windowMs: 30_000, openMs: 30_000 },
  stickiness: { mode: "full", maxAgeMs: 300_000, vertexSession: true },
  corsOrigins: [],
  models: {},
  bedrock: null,
  chain: ["anthropic", "vertex"],
};

const BUNDLE = bundleWorker();
/** A new key is made for each run, because no key may stand in the code. */
const CREDENTIAL = googleCredential();

/**
 * @param name the routing, unless the same Worker runs twice
 * @param module the source of the Worker; by default the bundle that is deployed
 */
export function ours(routing: Routing, name: string = routing, module: string = BUNDLE): Variant {
  const digest = createHash("sha256").update(CLIENT_TOKEN).digest("base64url");
  const plain: PlainBindings = {
    ENVIRONMENT: "bench",
    GATEWAY_URL: GATEWAY,
    GOOGLE_PROJECT: "project",
    VERTEX_LOCATIONS: JSON.stringify(["us-east5"]),
    CLIENT_COUNT: "1",
    CLIENTS_1: clientLine({ name: "default" }, [digest]),
    OPTIONS: JSON.stringify({ routing, ...OPTIONS } satisfies Options),
  };
  const secret: SecretBindings = {
    ANTHROPIC_API_KEY: "sk-ant-bench",
    GATEWAY_TOKEN: "run-token",
    GOOGLE_CREDENTIAL: CREDENTIAL,
  };
  return { name, module, version: "v1", texts: { ...plain, ...secret } };
}

function googleCredential(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const credential = {
    type: "service_account",
    client_email: "bench@project.iam.gserviceaccount.com",
    private_key_id: "k",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    token_uri: "https://oauth2.googleapis.com/token",
  };
  return Buffer.from(JSON.stringify(credential)).toString("base64");
}
