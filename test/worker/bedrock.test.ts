/**
 * A chain of three: Anthropic, Vertex, and Claude on Amazon Bedrock, in workerd, with the official
 * SDKs, in every routing.
 */
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../local/sandbox/index.ts";
import type { Script } from "../../local/state/index.ts";
import { NEVER_OPEN, ONE_LOCATION, post, SDKS, sdkClient, useSandbox, warmUp } from "../support/sandbox.ts";

const ROUTINGS = ["universal", "direct", "bypass"] as const;
const BEDROCK = { bedrock: { region: "us-east-1" } };
/** Served by Anthropic, by Vertex in `us`, and by Bedrock. */
const MODEL = "claude-opus-5-5";
const LOCATIONS = { vertexLocations: ["us"] };
const ASKED = { model: MODEL, max_tokens: 16, messages: [{ role: "user" as const, content: "Hello" }] };
const OVERLOADED = { mode: "status", status: 529 } as const;
const OPERATOR = { clients: [{ name: "ops", operator: true }] };

function fail(stack: Sandbox, ...targets: readonly string[]): void {
  for (const target of targets) stack.cloud.context.faults.set(target, OVERLOADED);
}

const ask = (stack: Sandbox, members: object = {}, headers: Record<string, string> = {}) =>
  post(stack, JSON.stringify({ ...ASKED, ...members }), headers);

/** Requests to the local Bedrock. */
function seenByBedrock(stack: Sandbox) {
  const seen: { path: string; headers: Readonly<Record<string, string | undefined>>; body: string }[] = [];
  stack.cloud.onExchange = ({ host, path, headers, body }) => {
    if (host.startsWith("bedrock-mantle.")) seen.push({ path, headers, body: body.toString() });
  };
  return seen;
}

describe.each(ROUTINGS)("with routing %s", (routing) => {
  const stack = useSandbox({ config: { ...BEDROCK, ...LOCATIONS, ...OPERATOR, routing, breaker: NEVER_OPEN } });

  it.each(SDKS)("%s gets a JSON answer of Bedrock when the other two fail", async (_name, Sdk) => {
    fail(stack(), "anthropic", "vertex");

    const { data, response } = await sdkClient(Sdk, stack()).messages.create(ASKED).withResponse();

    expect(data.id).toMatch(/^msg_bdrk_/);
    expect(response.headers.get("x-failover-target")).toBe("bedrock/us-east-1");
    expect(response.headers.get("x-failover-skipped")).toBeNull();
  });

  it.each(SDKS)("%s gets a stream of Bedrock when the other two fail", async (_name, Sdk) => {
    fail(stack(), "anthropic", "vertex");

    const message = await sdkClient(Sdk, stack()).messages.stream(ASKED).finalMessage();

    expect(message.id).toMatch(/^msg_bdrk_/);
    expect(message.stop_reason).toBe("max_tokens");
  });

  it("asks Vertex before Bedrock", async () => {
    fail(stack(), "anthropic");

    expect((await ask(stack())).headers.get("x-failover-target")).toBe("vertex/us");
  });

  it("sends the caller's bytes, with Bedrock's id of the model and no credential but the key", async () => {
    fail(stack(), "anthropic", "vertex");
    const seen = seenByBedrock(stack());
    const messages = '[ {"role":"user", "content":"H\\u00e9llo" } ]';

    const response = await post(stack(), `{"max_tokens":16,"messages":${messages},"model":"${MODEL}"}`, {
      "anthropic-beta": "interleaved-thinking-2025-05-14,fast-mode-2026-02-01",
    });

    expect(response.headers.get("x-failover-omitted")).toBe("beta:fast-mode-2026-02-01");
    expect(seen).toHaveLength(1);
    const [sent] = seen;
    expect(sent?.path).toBe("/anthropic/v1/messages");
    expect(sent?.body).toBe(`{"max_tokens":16,"messages":${messages},"model":"anthropic.${MODEL}"}`);
    expect(sent?.headers["anthropic-version"]).toBe("2023-06-01");
    expect(sent?.headers["anthropic-beta"]).toBe("interleaved-thinking-2025-05-14");
    // The gateway turns the bearer token into the header that Bedrock expects.
    const key = sent?.headers[routing === "bypass" ? "authorization" : "x-api-key"];
    expect(key).toMatch(routing === "bypass" ? /^Bearer ABSK/ : /^ABSK/);
  });

  it("counts tokens on Bedrock when the other two fail", async () => {
    fail(stack(), "anthropic", "vertex");

    const counted = await sdkClient(SDKS[0][1], stack()).messages.countTokens({
      model: MODEL,
      messages: ASKED.messages,
    });

    expect(counted.input_tokens).toBeGreaterThan(0);
  });

  it("rehearses the failure of both others", async () => {
    const response = await ask(stack(), {}, { "x-failover-drill": "anthropic,vertex/us" });

    expect([response.status, response.headers.get("x-failover-target")]).toEqual([200, "bedrock/us-east-1"]);
  });

  it("rehearses Bedrock's own failure: its step is refused", async () => {
    fail(stack(), "anthropic", "vertex");

    const response = await ask(stack(), {}, { "x-failover-drill": "bedrock/us-east-1" });

    expect(response.status).toBe(529);
    expect(response.headers.get("x-failover-attempts")).toContain("bedrock/us-east-1=401");
  });

  it("says which platform was not asked, and why", async () => {
    const response = await ask(stack(), { output_config: { format: { type: "json_schema", schema: {} } } });

    expect(response.headers.get("x-failover-target")).toBe("anthropic");
    expect(response.headers.get("x-failover-skipped")).toBe("bedrock=member:output_config");
  });

  it("names both reasons in an error if nobody else was asked", async () => {
    fail(stack(), "anthropic");

    const response = await ask(stack(), { mcp_servers: [] });

    expect(response.headers.get("x-failover-skipped")).toBe("vertex=member:mcp_servers;bedrock=member:mcp_servers");
    expect(await response.text()).toContain("(Not sent: vertex=member:mcp_servers;bedrock=member:mcp_servers.)");
  });

  it("keeps a request that Bedrock refuses from becoming the caller's error", async () => {
    fail(stack(), "anthropic", "vertex");

    const tools = [{ name: "t", input_schema: { type: "object" }, strict: true }];
    const response = await ask(stack(), { tools });

    expect(response.status).toBe(529);
    expect(response.headers.get("x-failover-skipped")).toBe("bedrock=member:tools");
  });

  it.each([401, 403, 429, 500, 503])(
    "answers with 529 of the others if Bedrock answers %i in AWS's form",
    async (status) => {
      fail(stack(), "anthropic", "vertex");
      stack().cloud.context.faults.set("bedrock", { mode: "status", status, shape: "aws" });

      const response = await ask(stack());

      expect([429, 529]).toContain(response.status);
      expect(response.headers.get("x-failover-attempts")).toContain(`bedrock/us-east-1=${status}`);
    },
  );
});

describe("without `cf-aig-step`", () => {
  const stack = useSandbox({ config: { ...BEDROCK, ...LOCATIONS, breaker: NEVER_OPEN } });

  it("the message's id says that Bedrock answered", async () => {
    fail(stack(), "anthropic", "vertex");
    stack().cloud.onExchange = ({ response }) => {
      const writeHead = response.writeHead.bind(response) as (status: number, headers: object) => typeof response;
      response.writeHead = ((status: number, headers: Record<string, unknown> = {}) => {
        const { "cf-aig-step": _step, ...others } = headers;
        return writeHead(status, others);
      }) as typeof response.writeHead;
    };

    expect((await ask(stack())).headers.get("x-failover-target")).toBe("bedrock/us-east-1");
  });
});

describe.each(ROUTINGS)("in another order, with routing %s", (routing) => {
  const chain = ["vertex", "bedrock", "anthropic"];
  const stack = useSandbox({ config: { ...BEDROCK, ...LOCATIONS, chain, routing, breaker: NEVER_OPEN } });
  beforeAll(() => warmUp(stack()));

  it.each([
    [[], "vertex/us"],
    [["vertex"], "bedrock/us-east-1"],
    [["vertex", "bedrock"], "anthropic"],
  ])("with %j failing, %s answers", async (failing, target) => {
    fail(stack(), ...failing);

    const response = await ask(stack(), { stream: true });

    expect(response.headers.get("x-failover-target")).toBe(target);
    expect(await response.text()).toContain("message_stop");
  });

  it("the thinking that the first provider has signed counts as lost when another one answers", async () => {
    const thinking = { type: "thinking", thinking: "t", signature: "s" };
    const messages = [...ASKED.messages, { role: "assistant", content: [thinking] }, ...ASKED.messages];
    const question = { model: "claude-sonnet-5-5", messages };

    expect((await ask(stack(), question)).headers.get("x-failover-lost")).toBeNull();
    fail(stack(), "vertex");
    expect((await ask(stack(), question)).headers.get("x-failover-lost")).toBe("thinking");
  });
});

describe("before the first token of Google", () => {
  const stack = useSandbox(
    { config: { ...BEDROCK, ...LOCATIONS, chain: ["vertex", "bedrock", "anthropic"] } },
    { cold: true },
  );

  it("a target that needs none answers", async () => {
    stack().cloud.context.faults.set("google", { mode: "hang" });

    expect((await ask(stack())).headers.get("x-failover-target")).toBe("bedrock/us-east-1");
  });
});

describe("with a forced Bedrock", () => {
  const stack = useSandbox({ config: { ...BEDROCK, ...LOCATIONS, force: "bedrock/us-east-1" } });

  it("Bedrock is asked first", async () => {
    expect((await ask(stack())).headers.get("x-failover-target")).toBe("bedrock/us-east-1");
  });

  it("a model that Bedrock does not have goes to the others", async () => {
    const response = await ask(stack(), { model: "claude-sonnet-4-6" });

    expect(response.headers.get("x-failover-target")).toBe("anthropic");
    expect(response.headers.get("x-failover-skipped")).toContain("bedrock=model_not_on_bedrock");
  });
});

describe("a rotation of Bedrock's key", () => {
  const [OLD, NEW] = [`ABSK${"o".repeat(20)}`, `ABSK${"n".repeat(20)}`];
  const config = { ...BEDROCK, ...LOCATIONS, chain: ["bedrock", "anthropic", "vertex"], routing: "direct" };
  const lines: string[] = [];
  const stack = useSandbox({
    config: { ...config, bedrockApiKey: NEW, bedrockApiKeyPrevious: OLD },
    onLine: (line) => lines.push(line),
  });
  afterEach(() => stack().cloud.context.state.bedrockApiKeys.clear());

  it.each([
    ["is not yet known", undefined],
    ["may not call yet", { mayInfer: false }],
  ])("uses the previous key while the new one %s, and the log says so", async (_what, newKey) => {
    const { bedrockApiKeys } = stack().cloud.context.state;
    bedrockApiKeys.set(OLD, { mayInfer: true });
    if (newKey) bedrockApiKeys.set(NEW, newKey);
    lines.length = 0;

    expect((await ask(stack())).headers.get("x-failover-target")).toBe("bedrock/us-east-1");
    await expect.poll(() => lines.join("")).toContain('"bedrock_key":true');
  });
});

describe("a stack without Bedrock", () => {
  const stack = useSandbox({ config: { ...ONE_LOCATION } });

  it("has no variable and no step of it", async () => {
    const { bindings }: Pick<Script, "bindings"> = stack().script;
    const seen: string[] = [];
    stack().cloud.onExchange = ({ host, body }) => seen.push(`${host} ${body}`);

    await ask(stack());

    expect(bindings.map(({ name }) => name).filter((name) => /BEDROCK/.test(name))).toEqual([]);
    expect(seen.join()).not.toContain("bedrock");
  });
});
