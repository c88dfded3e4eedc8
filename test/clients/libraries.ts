/** The clients that `npm ci` of the project installs. */
import { createAnthropic } from "@ai-sdk/anthropic";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import AnthropicV0 from "anthropic-sdk-0";
import project from "../../package.json" with { type: "json" };
import { MODEL } from "../support/sandbox.ts";
import { type Client, MAX_TOKENS, prompt, type Question, type Target } from "./client.ts";

const SCHEMA = {
  type: "object" as const,
  properties: { city: { type: "string" as const } },
  required: ["city"],
};
const { devDependencies: versions } = project;

async function askSdk(Sdk: typeof Anthropic, { url, token }: Target, question: Question): Promise<string> {
  const { mode, tools, retries } = question;
  const client = new Sdk({
    baseURL: url,
    apiKey: token,
    logLevel: "off",
    ...(retries === undefined ? {} : { maxRetries: retries }),
  });
  const stream = mode === "stream";
  const asked = {
    model: MODEL,
    max_tokens: MAX_TOKENS,
    messages: [{ role: "user" as const, content: prompt(question) }],
  };
  if (tools) {
    const weather = { name: "weather", description: "Weather", input_schema: SCHEMA, run: async () => "18 °C" };
    const message = await client.beta.messages.toolRunner({ ...asked, tools: [weather], stream });
    return textOf(message);
  }
  return textOf(await (stream ? client.messages.stream(asked).finalMessage() : client.messages.create(asked)));
}

function textOf({ content }: { content: readonly { type: string; text?: string }[] }): string {
  return content.map(({ text = "" }) => text).join("");
}

async function askAiSdk({ url, token }: Target, question: Question): Promise<string> {
  const { mode, tools, retries } = question;
  const weather = tool({ description: "Weather", inputSchema: jsonSchema(SCHEMA), execute: async () => "18 °C" });
  const call = {
    model: createAnthropic({ baseURL: `${url}/v1`, apiKey: token })(MODEL),
    prompt: prompt(question),
    maxOutputTokens: MAX_TOKENS,
    stopWhen: stepCountIs(3),
    ...(tools ? { tools: { weather } } : {}),
    ...(retries === undefined ? {} : { maxRetries: retries }),
  };
  if (mode === "JSON") return (await generateText(call)).text;
  let failure: unknown;
  const result = streamText({
    ...call,
    onError: ({ error }) => {
      failure = error;
    },
  });
  await result.consumeStream();
  if (failure) throw failure;
  return await result.text;
}

export const LIBRARIES: readonly Client[] = [
  {
    name: "`@anthropic-ai/sdk`",
    version: versions["@anthropic-ai/sdk"],
    change: "`baseURL`, `apiKey`",
    modes: ["JSON", "stream"],
    ask: (target, question) => askSdk(Anthropic, target, question),
  },
  {
    name: "`@anthropic-ai/sdk`",
    version: versions["anthropic-sdk-0"].replace(/^.*@/, ""),
    change: "`baseURL`, `apiKey`",
    modes: ["JSON", "stream"],
    ask: (target, question) => askSdk(AnthropicV0 as unknown as typeof Anthropic, target, question),
  },
  {
    name: "Vercel AI SDK: `@ai-sdk/anthropic`",
    version: versions["@ai-sdk/anthropic"],
    change: "`baseURL` (with `/v1`), `apiKey`",
    modes: ["JSON", "stream"],
    ask: askAiSdk,
  },
];
