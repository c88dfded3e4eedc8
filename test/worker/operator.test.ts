/** An operator can rehearse a failover, force a target, and read the log on a live stack. */
import { describe, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { MODEL, NEVER_OPEN, post, QUESTION, useSandbox } from "../support/sandbox.ts";

const question = JSON.stringify(QUESTION);

describe("a drill", () => {
  const clients = ["app", { name: "oncall", operator: true }];
  const stack = useSandbox({ config: { clients, breaker: { failures: 2 } } });
  const askAs = (client: string, drill: string) =>
    post(stack(), question, { "x-api-key": stack().outputs.clientTokens[client] ?? "", "x-failover-drill": drill });

  it("makes a step really fail, without an effect on other requests", async () => {
    for (let i = 0; i < 3; i++) {
      const { headers } = await askAs("oncall", "anthropic");
      expect(headers.get("x-failover-attempts")).toBe("anthropic=?;vertex/us-east5=200");
    }
    expect((await post(stack(), question)).headers.get("x-failover-target")).toBe("anthropic");
  });

  it("can make every target fail, and then returns a 502 that names the refused credentials", async () => {
    const response = await askAs("oncall", "anthropic, vertex/us-east5");
    expect(response.status).toBe(502);
    expect(await response.text()).toContain("credentials are refused by anthropic (401) and vertex/us-east5 (401)");
  });

  it("is ignored for a client that is not an operator", async () => {
    const { headers } = await askAs("app", "anthropic");
    expect(headers.get("x-failover-attempts")).toBe("anthropic=200");
  });
});

describe("force", () => {
  const stack = useSandbox({ config: { force: "vertex/us-east5", breaker: NEVER_OPEN } });

  it("moves a target to the front, and the others still follow", async () => {
    expect((await post(stack(), question)).headers.get("x-failover-attempts")).toBe("vertex/us-east5=200");
    stack().cloud.context.faults.set("vertex", { mode: "status", status: 529 });
    const { headers } = await post(stack(), question);
    expect(headers.get("x-failover-attempts")).toBe("vertex/us-east5=?;anthropic=200");
  });
});

describe("the log", () => {
  it("has one line per request, without content", async () => {
    const lines: string[] = [];
    const stack = await Sandbox.up({
      onLine: (text) => lines.push(...text.split("\n")),
      config: { routing: "direct" },
    });
    const line = async (ask: () => Promise<Response>) => {
      lines.length = 0;
      const response = await ask();
      await response.text();
      await expect.poll(() => lines.filter((text) => text.includes('"event":"request"'))).toHaveLength(1);
      return JSON.parse(lines.find((text) => text.includes('"event":"request"')) ?? "");
    };
    try {
      stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
      expect(await line(() => post(stack, question))).toEqual({
        event: "request",
        version: expect.any(String),
        answer_id: expect.stringMatching(/^req_vrtx_/),
        http_method: "POST",
        held_bytes: expect.any(Number),
        request_id: expect.stringMatching(/^req_failover_/),
        method: "messages",
        client: "default",
        model: MODEL,
        status: 200,
        target: "vertex/us-east5",
        attempts: [
          { target: "anthropic", result: "529", ms: expect.any(Number) },
          { target: "vertex/us-east5", result: "200", ms: expect.any(Number) },
        ],
        request_bytes: question.length,
        ms: expect.any(Number),
        open_circuits: [],
      });
      stack.cloud.context.faults.set("anthropic", { mode: "cut" });
      const streamed = JSON.stringify({ ...QUESTION, stream: true, system: "a secret prompt" });
      const cut = await line(() => post(stack, streamed));
      expect(cut).toMatchObject({ status: 200, target: "anthropic", stream: "cut", stream_ms: expect.any(Number) });
      expect(lines.join()).not.toContain("a secret prompt");
    } finally {
      await stack.down();
    }
  });
});
