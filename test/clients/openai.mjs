/** One question by a client of another API: `node openai.mjs <question as JSON>`. */
import OpenAI from "openai";
import { tell } from "./tell.mjs";

await tell(async ({ url, token, model, prompt, mode }) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token });
  const messages = [{ role: "user", content: prompt }];
  const completion = await client.chat.completions.create({ model, messages, stream: mode === "stream" });
  return completion.choices[0].message.content;
});
