import { expect, it } from "vitest";
import { callAnthropic, QUESTION, useCloud } from "../testing/cloud.ts";

const BETA = "message-threads-2026-08-12";
const MORE = [{ role: "user", content: "And then?" }];

const cloud = useCloud();

async function send(more: object, beta = BETA) {
  const headers = { "anthropic-beta": beta };
  const body = JSON.stringify({ ...QUESTION, ...more });
  const { status, text } = await callAnthropic(cloud(), { path: "/v1/messages?beta=true", headers, body });
  return { status, value: JSON.parse(text) };
}
const create = (more: object = {}) => send({ ...more, thread: { type: "create" } });
const continueFrom = (id: string, more: object = {}, beta = BETA) =>
  send({ messages: MORE, ...more, thread: { type: "continue", previous_message_id: id } }, beta);

it("continue puts the thread's system, tools and messages before the new messages", async () => {
  const tools = [{ name: "clock", input_schema: { type: "object" } }];
  const { value: first } = await create({ system: "Be brief.", tools });
  const { value: second } = await continueFrom(first.id);
  const { value: third } = await continueFrom(second.id, { messages: [{ role: "user", content: "use the tool" }] });
  const words = (text: string) => text.split(" ").length;
  const [{ text }] = first.content;
  expect(second.usage.input_tokens).toBe(first.usage.input_tokens + words(text) + words("And then?"));
  expect(third.content).toMatchObject([{ type: "tool_use", name: "clock" }]);
});

it("returns 404 thread_not_found for an unknown thread", async () => {
  expect(await continueFrom("msg_01nobody")).toMatchObject({
    status: 404,
    value: { error: { type: "not_found_error", details: { error_code: "thread_not_found" } } },
  });
});

it("does not store an answer without a thread or with a fault", async () => {
  const { value: plain } = await send({});
  expect((await continueFrom(plain.id)).value.error.details.error_code).toBe("thread_not_found");
  cloud().cloud.context.faults.set("anthropic", { mode: "slow", intervalMs: 1, times: 1 });
  const { value: faulty } = await create();
  expect((await continueFrom(faulty.id)).value.error.details.error_code).toBe("thread_not_found");
});

it("refuses a second continue of the same answer", async () => {
  const { value: first } = await create();
  expect((await continueFrom(first.id)).status).toBe(200);
  expect(await continueFrom(first.id)).toMatchObject({
    status: 400,
    value: { error: { type: "invalid_request_error", details: { error_code: "thread_already_continued" } } },
  });
});

it.each([
  ["model", { model: "claude-opus-4-6" }, BETA],
  ["tool_choice", { tool_choice: { type: "auto" } }, BETA],
  ["system", { system: "Be brief." }, BETA],
  ["tools", { tools: [] }, BETA],
  ["anthropic-beta", {}, `${BETA},effort-2025-11-24`],
])("refuses a turn that changes %s", async (name, more, beta) => {
  const { value: first } = await create();
  const { status, value } = await continueFrom(first.id, more, beta);
  expect(status).toBe(400);
  expect(value.error.details.error_code).toBe("thread_fingerprint_mismatch");
  expect(value.error.message).toContain(name);
});

it.each([
  ["without its beta", { type: "create" }, "effort-2025-11-24", /^thread: Extra inputs are not permitted$/],
  ["of an unknown type", { type: "join" }, BETA, /^thread\.type: /],
])("returns 400 for a thread %s", async (_name, thread, beta, message) => {
  const { status, value } = await send({ thread }, beta);
  expect(status).toBe(400);
  expect(value.error.message).toMatch(message);
});

it("treats a null thread like no thread", async () => {
  expect((await send({ thread: null }, "effort-2025-11-24")).status).toBe(200);
});
