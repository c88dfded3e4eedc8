/** Asks one question with a client of OpenAI's API: `node openai.mjs <question as JSON>`. */
import OpenAI from "openai";
import { report } from "./report.mjs";

await report(async ({ url, token, model, prompt, mode }) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token });
  const messages = [{ role: "user", content: prompt }];
  const completion = await client.chat.completions.create({ model, messages, stream: mode === "stream" });
  return completion.choices[0].message.content;
});
