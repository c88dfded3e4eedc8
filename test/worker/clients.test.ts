/**
 * Published clients call the Worker in workerd. Only base URL and key differ from a call to
 * Anthropic.
 */
import { createAnthropic } from "@ai-sdk/anthropic";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { describe, expect, it } from "vitest";
import { clientToken, MODEL, NEVER_OPEN, QUESTION, SDKS, sdkClient, useSandbox } from "../support/sandbox.ts";

const OVERLOADED = { mode: "status", status: 529 } as const;
const INPUT_SCHEMA = { type: "object" as const, properties: { city: { type: "string" as const } } };
const TOOL_ROUND_TRIP = {
  ...QUESTION,
  tools: [{ name: "weather", description: "Weather of a city", input_schema: INPUT_SCHEMA }],
  messages: [
    { role: "user" as const, content: "How is the weather in Paris?" },
    {
      role: "assistant" as const,
      content: [{ type: "tool_use" as const, id: "toolu_01", name: "weather", input: { city: "Paris" } }],
    },
    {
      role: "user" as const,
      content: [{ type: "tool_result" as const, tool_use_id: "toolu_01", content: "18 °C" }],
    },
  ],
};

// Each client sends the same conversations, and they must not stay where they were answered before.
const stack = useSandbox({ config: { breaker: NEVER_OPEN, stickiness: { mode: "off" } } });
const overload = (): void => stack().cloud.context.faults.set("anthropic", OVERLOADED);

describe.each(SDKS)("%s", (_name, Sdk) => {
  const client = () => sdkClient(Sdk, stack());

  describe.each([
    ["Anthropic", () => {}, /^msg_(?!vrtx_)/],
    ["Vertex", overload, /^msg_vrtx_/],
  ] as const)("answered by %s", (_side, arrange, id) => {
    it("creates a message", async () => {
      arrange();
      const message = await client().messages.create(QUESTION);
      expect(message).toMatchObject({ id: expect.stringMatching(id), type: "message", role: "assistant" });
    });

    it("streams a message as events", async () => {
      arrange();
      const types: string[] = [];
      for await (const event of await client().messages.create({ ...QUESTION, stream: true })) types.push(event.type);
      expect(types.at(0)).toBe("message_start");
      expect(types.filter((type) => type === "content_block_delta")).toHaveLength(QUESTION.max_tokens);
      expect(types.at(-1)).toBe("message_stop");
    });

    it("streams with the SDK's stream helper", async () => {
      arrange();
      const message = await client().messages.stream(QUESTION).finalMessage();
      expect(message).toMatchObject({ id: expect.stringMatching(id), stop_reason: "max_tokens" });
    });

    it("creates a message with beta.messages", async () => {
      arrange();
      const message = await client().beta.messages.create({ ...QUESTION, betas: ["interleaved-thinking-2025-05-14"] });
      expect(message.id).toMatch(id);
    });

    it("sends a tool's result and gets text", async () => {
      arrange();
      const message = await client().messages.create(TOOL_ROUND_TRIP);
      expect(message).toMatchObject({ id: expect.stringMatching(id), content: [{ type: "text" }] });
    });

    it("counts tokens", async () => {
      arrange();
      const { model, messages } = QUESTION;
      expect(await client().messages.countTokens({ model, messages })).toEqual({ input_tokens: 8 });
    });
  });

  it("aborts a stream", async () => {
    const stream = client().messages.stream(QUESTION);
    const ended = stream.done();
    stream.once("connect", () => stream.abort());
    await expect(ended).rejects.toBeInstanceOf(Sdk.APIUserAbortError);
  });

  it("lists the models and retrieves one", async () => {
    const ids: string[] = [];
    for await (const { id } of client().models.list()) ids.push(id);
    expect(ids).toContain(MODEL);
    expect(await client().models.retrieve(MODEL)).toMatchObject({ id: MODEL, type: "model" });
  });
});

describe("@ai-sdk/anthropic", () => {
  const model = () => createAnthropic({ baseURL: `${stack().runtime.url}/v1`, apiKey: clientToken(stack()) })(MODEL);
  const call = () => ({ model: model(), prompt: "Hello", maxOutputTokens: 16, maxRetries: 0 });

  it.each([
    ["Anthropic", () => {}, /^msg_(?!vrtx_)/],
    ["Vertex", overload, /^msg_vrtx_/],
  ] as const)("generates text, answered by %s", async (_side, arrange, id) => {
    arrange();
    const { text, finishReason, response } = await generateText(call());
    expect(response.id).toMatch(id);
    expect(text).toMatch(/^Hi there!/);
    expect(finishReason).toBe("length");
  });

  it.each([
    ["Anthropic", () => {}, /^msg_(?!vrtx_)/],
    ["Vertex", overload, /^msg_vrtx_/],
  ] as const)("streams text, answered by %s", async (_side, arrange, id) => {
    arrange();
    const result = streamText(call());
    let text = "";
    for await (const part of result.textStream) text += part;
    expect((await result.response).id).toMatch(id);
    expect(text).toMatch(/^Hi there!/);
    expect(await result.finishReason).toBe("length");
  });

  it("generates text with a tool", async () => {
    const weather = tool({
      description: "Weather",
      inputSchema: jsonSchema(INPUT_SCHEMA),
      execute: async () => "18 °C",
    });
    const { text } = await generateText({ ...call(), tools: { weather }, stopWhen: stepCountIs(2) });
    expect(text).toMatch(/^Hi there!/);
  });

  it("throws the API's error, marked as retryable, when both targets fail", async () => {
    overload();
    stack().cloud.context.faults.set("vertex", OVERLOADED);
    await expect(generateText(call())).rejects.toMatchObject({ statusCode: 529, isRetryable: true });
  });
});
