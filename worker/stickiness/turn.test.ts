/** A conversation stays on the target that served its last turn. */
import { describe, expect, it } from "vitest";
import { interpret } from "../request/body.ts";
import { ANTHROPIC, type Target, targetName } from "../targets/target.ts";
import { ConversationMemory } from "./conversation-memory.ts";
import { Turn, type TurnOf } from "./turn.ts";

const US: Target = { kind: "vertex", location: "us" };
const GLOBAL: Target = { kind: "vertex", location: "global" };
const BEDROCK: Target = { kind: "bedrock", region: "us-east-1" };
const CHAIN = [ANTHROPIC, US, GLOBAL, BEDROCK];
const MAX_AGE_MS = 300_000;
const HOUR_MS = 3_600_000;

interface Circumstances extends Partial<Omit<TurnOf, "body">> {
  memory?: ConversationMemory | undefined;
  /** Ids of the tools that the assistant has called, one turn each. Null is a turn without a tool. */
  turns?: readonly (string | null)[];
  opening?: string;
  /** Further members of the body. */
  members?: object;
}

/** A request of a conversation with some earlier turns; by default there is one, without a tool. */
function turn(circumstances: Circumstances = {}): Turn {
  const { turns = [null], opening = "Hello", members = {}, memory, ...more } = circumstances;
  const messages = turns.flatMap((id) => [
    { role: "assistant", content: id === null ? "Hi" : [{ type: "tool_use", id, name: "t", input: { id: "x" } }] },
    { role: "user", content: id === null ? "Go on" : [{ type: "tool_result", tool_use_id: id, content: "1" }] },
  ]);
  const text = JSON.stringify({ model: "m", messages: [{ role: "user", content: opening }, ...messages], ...members });
  const body = interpret(new TextEncoder().encode(text));
  return new Turn({ client: "alice", model: "m", session: undefined, targets: CHAIN, ...more, body }, memory, {
    maxAgeMs: MAX_AGE_MS,
  });
}

/** Lets a target serve a turn in full at the time 0. */
function serve(served: Turn, by: Target): void {
  served.answered(by);
  served.whole(0);
}

/** @returns such as `vertex/us by memory` */
function preferred(asked: Turn, nowMs = 0): string | undefined {
  const preference = asked.preferred(nowMs);
  return preference && `${targetName(preference.target)} by ${preference.reason}`;
}

const memory = () => new ConversationMemory(1);

describe("the newest tool id", () => {
  it.each([
    ["of Vertex", ["toolu_vrtx_01A"], "vertex/us by tool_id"],
    ["of a server tool of Vertex", ["srvtoolu_vrtx_01A"], "vertex/us by tool_id"],
    ["of Bedrock", ["toolu_bdrk_01A"], "bedrock/us-east-1 by tool_id"],
    ["of Anthropic", ["toolu_01A"], "anthropic by tool_id"],
    ["of Vertex after one of Anthropic", ["toolu_01A", "toolu_vrtx_01A"], "vertex/us by tool_id"],
    ["of Anthropic after one of Vertex", ["toolu_vrtx_01A", "toolu_01A"], "anthropic by tool_id"],
    ["of Vertex before a turn without a tool", ["toolu_vrtx_01A", null], "vertex/us by tool_id"],
    ["of another form", ["call_1"], undefined],
    ["with more than 64 bytes", [`toolu_vrtx_${"x".repeat(60)}`], undefined],
    ["that is empty", [""], undefined],
  ])("%s tells who served the last turn", (_what, turns, told) => {
    expect(preferred(turn({ turns }))).toBe(told);
  });

  it("says nothing if the request has no target of that provider", () => {
    expect(preferred(turn({ turns: ["toolu_vrtx_01A"], targets: [ANTHROPIC] }))).toBeUndefined();
  });

  it.each([
    [
      "in the input of a tool",
      { messages: [{ role: "assistant", content: [{ type: "tool_use", input: { id: "toolu_vrtx_1" } }] }] },
    ],
    ["in the system prompt", { system: [{ type: "text", text: "x", id: "toolu_vrtx_1" }] }],
    [
      "in a tool's result",
      {
        messages: [
          { role: "assistant", content: "x" },
          { role: "user", content: [{ type: "tool_result", content: [{ type: "text", id: "toolu_vrtx_1" }] }] },
        ],
      },
    ],
    [
      "that is not a string",
      { messages: [{ role: "assistant", content: [{ type: "tool_use", id: ["toolu_vrtx_1"] }] }] },
    ],
  ])("is not looked for %s", (_where, members) => {
    expect(preferred(turn({ members }))).toBeUndefined();
  });
});

describe("the memory", () => {
  it("keeps a conversation without tools on the location that served it", () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: [] }), GLOBAL);
    expect(preferred(turn({ memory: remembered }))).toBe("vertex/global by memory");
  });

  it("does not move the first request of a conversation, which has no cache", () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: [] }), US);
    expect(preferred(turn({ memory: remembered, turns: [] }))).toBeUndefined();
  });

  it("stays empty while the first target of the chain answers", () => {
    const remembered = memory();
    serve(turn({ memory: remembered }), ANTHROPIC);
    expect(remembered.isEmpty("alice")).toBe(true);
  });

  it("stays empty while the tool id tells the same", () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: ["toolu_vrtx_01A"] }), US);
    expect(remembered.isEmpty("alice")).toBe(true);
  });

  it("moves with the conversation", () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: [] }), US);
    serve(turn({ memory: remembered }), GLOBAL);
    expect(preferred(turn({ memory: remembered }))).toBe("vertex/global by memory");
  });

  it("forgets a conversation that is back on the first target", () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: [] }), US);
    serve(turn({ memory: remembered }), ANTHROPIC);
    expect(preferred(turn({ memory: remembered }))).toBeUndefined();
    expect(remembered.isEmpty("alice")).toBe(true);
  });

  it("knows the location better than the tool id", () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: [] }), GLOBAL);
    expect(preferred(turn({ memory: remembered, turns: ["toolu_vrtx_01A"] }))).toBe("vertex/global by memory");
  });

  it("knows a turn without a tool that came after the newest tool id", () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: ["toolu_vrtx_01A"] }), ANTHROPIC);
    expect(preferred(turn({ memory: remembered, turns: ["toolu_vrtx_01A", null] }))).toBe("anthropic by memory");
  });

  it("gives way to a tool id that another isolate's turn has added", () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: ["toolu_vrtx_01A"] }), ANTHROPIC);
    const turns = ["toolu_vrtx_01A", null, "toolu_vrtx_01B"];
    expect(preferred(turn({ memory: remembered, turns }))).toBe("vertex/us by tool_id");
  });

  it.each([
    ["another client", { client: "bob" }],
    ["another model", { model: "n" }],
    ["another session", { session: "s2" }],
    ["another first text", { opening: "Bye" }],
    ["a chain without the target", { targets: [ANTHROPIC, GLOBAL] }],
  ])("says nothing for %s", (_what, other) => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: [], session: "s1" }), US);
    expect(preferred(turn({ memory: remembered, session: "s1", ...other }))).toBeUndefined();
  });

  it("is not used if only the body may tell", () => {
    serve(turn({ memory: undefined, turns: [] }), US);
    expect(preferred(turn({ memory: undefined }))).toBeUndefined();
  });
});

describe("the age of what is remembered", () => {
  it.each([
    ["at most `maxAgeMs`", {}, MAX_AGE_MS],
    [
      "an hour if a cache lives for an hour",
      { system: [{ type: "text", text: "x", cache_control: { type: "ephemeral", ttl: "1h" } }] },
      HOUR_MS,
    ],
    [
      "at most `maxAgeMs` if a cache lives for five minutes",
      { cache_control: { type: "ephemeral", ttl: "5m" } },
      MAX_AGE_MS,
    ],
  ])("is %s", (_what, members, ageMs) => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: [], members }), US);
    expect(preferred(turn({ memory: remembered, members }), ageMs - 1)).toBe("vertex/us by memory");
    expect(preferred(turn({ memory: remembered, members }), ageMs)).toBeUndefined();
  });
});

describe("a turn that does not end well", () => {
  const started = () => {
    const remembered = memory();
    serve(turn({ memory: remembered, turns: [] }), US);
    const next = turn({ memory: remembered });
    next.preferred(0);
    return { remembered, next };
  };

  it.each(["error", "cut", "idle"] as const)("is forgotten if the target's stream ends with %s", (kind) => {
    const { remembered, next } = started();
    next.answered(US);
    next.ended(kind === "error" ? { kind, type: "overloaded_error" } : { kind }, 0);
    expect(preferred(turn({ memory: remembered }))).toBeUndefined();
  });

  it.each(["client_left", "client_stalled"] as const)("changes nothing if it ends with %s", (kind) => {
    const { remembered, next } = started();
    next.answered(GLOBAL);
    next.ended({ kind }, 0);
    expect(preferred(turn({ memory: remembered }))).toBe("vertex/us by memory");
  });

  it("is forgotten if its target failed and no other answered", () => {
    const { remembered, next } = started();
    next.failed(["vertex/us", "anthropic"], 0);
    expect(preferred(turn({ memory: remembered }))).toBeUndefined();
  });

  it("changes nothing if its target was not among those that failed", () => {
    const { remembered, next } = started();
    next.failed(["anthropic"], 0);
    expect(preferred(turn({ memory: remembered }))).toBe("vertex/us by memory");
  });

  it("changes nothing if it is not known who answered", () => {
    const { remembered, next } = started();
    next.whole(0);
    expect(preferred(turn({ memory: remembered }))).toBe("vertex/us by memory");
  });

  it("remembers the other target only when its stream is complete", () => {
    const { remembered, next } = started();
    next.answered(GLOBAL);
    expect(preferred(turn({ memory: remembered }))).toBe("vertex/us by memory");
    next.ended({ kind: "complete" }, 0);
    expect(preferred(turn({ memory: remembered }))).toBe("vertex/global by memory");
  });
});

it("needs nothing of the body after the answer has begun, because the body may be gone", () => {
  const remembered = memory();
  const bytes = new TextEncoder().encode('{"model":"m","messages":[{"role":"user","content":"Hello"}]}');
  const of = { client: "alice", model: "m", session: undefined, targets: CHAIN, body: interpret(bytes) };
  const first = new Turn(of, remembered, { maxAgeMs: MAX_AGE_MS });
  first.answered(US);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  first.whole(0);
  expect(preferred(turn({ memory: remembered }))).toBe("vertex/us by memory");
});
