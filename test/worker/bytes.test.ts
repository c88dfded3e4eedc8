/** The Worker sends the bytes of `system`, `tools` and `messages` unchanged to both targets. */
import { expect, it } from "vitest";
import { MODEL, post, useSandbox } from "../support/sandbox.ts";

const stack = useSandbox();

/**
 * About 1 MB of valid but unusual JSON: odd white space, unnecessary escapes, unescaped non-ASCII
 * characters, and members in an unusual order.
 */
function oddConversation() {
  const turn = (i: number) =>
    `{ "content"\t:[{"text" : "\\u0048ello ${i} \\ud83d\\ude00 😀 \\/ café ${"x".repeat(900)}","type":"text"}] ` +
    `,\r\n"role": "${i % 2 === 0 ? "user" : "assistant"}"}`;
  return {
    messages: `[${Array.from({ length: 1_001 }, (_, i) => turn(i)).join(" ,\n  ")}\n]`,
    system: `[ {"type":"text","text":"\\u0059ou are  \\"odd\\".","cache_control":{"type" :"ephemeral"}} ]`,
    tools: `[{"name":"t","input_schema":{"type":"object", "properties":{"a":{"type":"number","default":1.0e+2}}}}]`,
  };
}

it.each(["JSON", "stream"])("keeps every byte of system, tools and messages (%s)", async (kind) => {
  const { messages, system, tools } = oddConversation();
  const body =
    `\n{ "tools":${tools} , "str\\u0065am" : ${kind === "stream"}\n,"messages":${messages}, ` +
    `"max_tokens" :16,\t"system": ${system} ,"model":"${MODEL}" } `;
  const universal: string[] = [];
  stack().cloud.onExchange = ({ host, body: sent }) => {
    if (host === "gateway.ai.cloudflare.com") universal.push(sent.toString("utf8"));
  };

  const response = await post(stack(), body);
  await response.text();

  expect(response.status).toBe(200);
  expect(universal).toHaveLength(1);
  const [sent = ""] = universal;
  for (const verbatim of [`"messages":${messages}`, `"system": ${system}`, `"tools":${tools}`]) {
    expect(sent.split(verbatim)).toHaveLength(3);
  }
  expect(sent).toContain(`"query":${body.trim()}`);
});
