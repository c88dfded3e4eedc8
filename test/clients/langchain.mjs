/** Asks one question with LangChain: `node langchain.mjs <question as JSON>`. */
import { ChatAnthropic } from "@langchain/anthropic";
import { tool } from "@langchain/core/tools";
import { report } from "./report.mjs";

await report(async ({ url, token, model, prompt, maxTokens, mode, tools, retries }) => {
  const chat = new ChatAnthropic({
    model,
    apiKey: token,
    anthropicApiUrl: url,
    maxTokens,
    ...(retries === undefined ? {} : { maxRetries: retries }),
  });
  const weather = tool(async () => "18 °C", {
    name: "weather",
    description: "Weather",
    schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  });
  const asked = tools ? chat.bindTools([weather]) : chat;
  const invoke = mode === "JSON" ? (messages) => asked.invoke(messages) : (messages) => streamed(asked, messages);
  const first = await invoke([["human", prompt]]);
  if (!tools) return first.text;
  const results = await Promise.all(first.tool_calls.map((call) => weather.invoke(call)));
  return (await invoke([["human", prompt], first, ...results])).text;
});

async function streamed(chat, messages) {
  let message;
  for await (const chunk of await chat.stream(messages)) message = message ? message.concat(chunk) : chunk;
  return message;
}
