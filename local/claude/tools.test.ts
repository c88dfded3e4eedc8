/** Tests tool calls from both providers, as JSON and as a stream. */
import { describe, expect, it } from "vitest";
import {
  type Call,
  callAnthropic,
  callHost,
  QUESTION,
  type TestCloud,
  useCloud,
  vertexCall,
} from "../testing/cloud.ts";

const TOOLS = [
  { type: "web_search_20250305", name: "web_search" },
  {
    name: "weather",
    input_schema: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" }, unit: { type: "string" } },
      required: ["city", "days"],
    },
  },
  { name: "clock", input_schema: { type: "object" } },
];
const RESULT = [
  { role: "user", content: "Hello" },
  { role: "assistant", content: [{ type: "tool_use", id: "toolu_01", name: "weather", input: {} }] },
  { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_01", content: "18 °C" }] },
];

const cloud = useCloud();

type Send = (cloud: TestCloud, more: object) => Promise<string>;

const toAnthropic: Send = async (target, more) => {
  const body = JSON.stringify({ ...QUESTION, ...more });
  return (await callAnthropic(target, { path: "/v1/messages", body })).text;
};
const toVertex: Send = async (target, more) => {
  const call: Call = vertexCall(target, "stream" in more);
  const body = JSON.stringify({ ...JSON.parse(String(call.body)), ...more });
  return (await callHost(target, { ...call, body })).text;
};

async function contentOf(more: object): Promise<unknown[]> {
  return JSON.parse(await toAnthropic(cloud(), { tools: TOOLS, ...more })).content;
}

describe("the model", () => {
  it.each([
    ["tool_choice is any", { tool_choice: { type: "any" } }, "weather"],
    ["tool_choice names it", { tool_choice: { type: "tool", name: "clock" } }, "clock"],
    ["the user asks for it", { messages: [{ role: "user", content: "Please use the tool." }] }, "weather"],
    [
      "a block of the newest user message asks for it",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "Hello" },
              { type: "text", text: "Use the tool" },
            ],
          },
          { role: "system", content: "Be brief." },
        ],
      },
      "weather",
    ],
  ])("calls a tool when %s", async (_when, more, name) => {
    expect(await contentOf(more)).toMatchObject([{ type: "tool_use", name }]);
  });

  it.each([
    ["nobody asks for it", {}],
    ["the tool's result has arrived", { messages: RESULT, tool_choice: { type: "any" } }],
    ["only an older message asks for it", { messages: [{ role: "user", content: "Use the tool" }, ...RESULT] }],
    ["tool_choice is none", { messages: [{ role: "user", content: "Use the tool" }], tool_choice: { type: "none" } }],
    ["the server runs all the tools", { tools: TOOLS.slice(0, 1), tool_choice: { type: "any" } }],
    ["no tool has that name", { tool_choice: { type: "tool", name: "nobody" } }],
  ])("answers with text when %s", async (_when, more) => {
    expect(await contentOf(more)).toMatchObject([{ type: "text" }]);
  });
});

describe.each([
  ["Anthropic", toAnthropic, /^toolu_01\w{22}$/],
  ["Vertex", toVertex, /^toolu_vrtx_01\w{22}$/],
] as const)("%s", (_provider, send, id) => {
  const request = { tools: TOOLS, tool_choice: { type: "any" } };

  it("sends the call as JSON, with the text that the schema requires", async () => {
    const message = JSON.parse(await send(cloud(), request));
    expect(message).toMatchObject({ stop_reason: "tool_use", usage: { output_tokens: 2 } });
    expect(message.content).toEqual([
      { type: "tool_use", id: expect.stringMatching(id), name: "weather", input: { city: "local" } },
    ]);
  });

  it("sends the call as a stream", async () => {
    const text = await send(cloud(), { ...request, stream: true });
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ""));
    expect(events.map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      ...Array(3).fill("content_block_delta"),
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(events[1].content_block).toMatchObject({ type: "tool_use", id: expect.stringMatching(id), input: {} });
    const pieces = events.slice(3, 6).map(({ delta }) => delta.partial_json);
    expect(pieces[0]).toBe("");
    expect(JSON.parse(pieces.join(""))).toEqual({ city: "local" });
    expect(events.at(-2).delta.stop_reason).toBe("tool_use");
  });
});
