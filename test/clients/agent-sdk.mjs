/** Asks one question with the Claude Agent SDK: `node agent-sdk.mjs <question as JSON>`. */
import { query } from "@anthropic-ai/claude-agent-sdk";
import { report } from "./report.mjs";

await report(async ({ url, token, model, prompt, tools, retries }) => {
  const options = {
    model,
    maxTurns: 3,
    cwd: process.cwd(),
    settingSources: [],
    tools: tools ? ["Glob"] : [],
    systemPrompt: "Be brief.",
    env: {
      ...process.env,
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: token,
      ...(retries === undefined ? {} : { CLAUDE_CODE_MAX_RETRIES: String(retries) }),
    },
  };
  for await (const message of query({ prompt, options })) {
    if (message.type === "result" && !message.is_error) return message.result;
    if (message.type === "result") throw new Error(message.result ?? message.errors.join("\n"));
  }
  throw new Error("no result");
});
