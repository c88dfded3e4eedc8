/** Tests the local api.anthropic.com with the official SDK, without a Worker. */
import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { API_KEY, callAnthropic, QUESTION, RUN_TOKEN, useCloud } from "../testing/cloud.ts";

const cloud = useCloud();

/** Calls through the gateway, because an SDK cannot send another Host header. */
function sdk(): Anthropic {
  const baseURL = `${cloud().cloud.url}/v1/account/gateway/anthropic`;
  return new Anthropic({
    baseURL,
    apiKey: API_KEY,
    maxRetries: 0,
    defaultHeaders: { "cf-aig-authorization": `Bearer ${RUN_TOKEN}`, "x-api-key": API_KEY },
    // `results_url` of a batch is absolute.
    fetch: (url, init) => fetch(String(url).replace("https://api.anthropic.com", baseURL), init),
  });
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const question = { ...QUESTION, messages: [{ role: "user" as const, content: "Hello" }] };

describe("counting tokens", () => {
  it("returns the same count as a message's usage", async () => {
    const { max_tokens: _, ...prompt } = question;
    const counted = await sdk().messages.countTokens(prompt);
    const { usage } = await sdk().messages.create(question);
    expect(counted).toEqual({ input_tokens: usage.input_tokens });
  });

  it("acts out faults like a message", async () => {
    cloud().cloud.context.faults.set("anthropic", { mode: "error_body", type: "overloaded_error" });
    const { max_tokens: _, ...prompt } = QUESTION;
    const answer = await callAnthropic(cloud(), { path: "/v1/messages/count_tokens", body: JSON.stringify(prompt) });
    expect(JSON.parse(answer.text)).toMatchObject({ type: "error", error: { type: "overloaded_error" } });
  });
});

describe("models", () => {
  it("are listed newest first, page by page", async () => {
    const page = await sdk().models.list({ limit: 3 });
    const all = await allOf(page);
    expect(page.data).toHaveLength(3);
    expect(all.length).toBeGreaterThan(10);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const days = all.map(({ created_at }) => created_at);
    expect(days).toEqual(days.toSorted().reverse());
  });

  it("are found by id and by alias", async () => {
    expect(await sdk().models.retrieve("claude-sonnet-4-5")).toMatchObject({
      id: "claude-sonnet-4-5-20250929",
      display_name: "Claude Sonnet 4.5",
      type: "model",
    });
    await expect(sdk().models.retrieve("claude-3-opus-20240229")).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });
});

describe("message batches", () => {
  const requests = [
    { custom_id: "good", params: question },
    { custom_id: "bad", params: { ...question, model: "claude-nobody-knows" } },
  ];

  it("are created, end, return results and are deleted", async () => {
    const { batches } = sdk().messages;
    const created = await batches.create({ requests });
    expect(created).toMatchObject({ processing_status: "in_progress", results_url: null });
    const results = await allOf(await batches.results(created.id));
    expect(results.map(({ custom_id, result }) => [custom_id, result.type])).toEqual([
      ["good", "succeeded"],
      ["bad", "errored"],
    ]);
    const ended = await batches.retrieve(created.id);
    expect(ended).toMatchObject({ processing_status: "ended", request_counts: { succeeded: 1, errored: 1 } });
    expect((await batches.list()).data[0]?.id).toBe(created.id);
    expect(await batches.delete(created.id)).toEqual({ id: created.id, type: "message_batch_deleted" });
    await expect(batches.retrieve(created.id)).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });

  it("can be canceled before they end and deleted only after that", async () => {
    const { batches } = sdk().messages;
    const { id } = await batches.create({ requests });
    await expect(batches.delete(id)).rejects.toBeInstanceOf(Anthropic.BadRequestError);
    expect(await batches.cancel(id)).toMatchObject({ processing_status: "canceling" });
    expect(await batches.retrieve(id)).toMatchObject({ request_counts: { canceled: 2, processing: 0 } });
  });
});

describe("files", () => {
  it("are uploaded, listed, described and deleted", async () => {
    const { files } = sdk();
    const created = await files.upload({ file: new File(["bytes"], "a.txt", { type: "text/plain" }) });
    expect(created).toMatchObject({ type: "file", filename: "a.txt", mime_type: "text/plain", size_bytes: 5 });
    expect((await allOf(await files.list())).map(({ id }) => id)).toEqual([created.id]);
    expect(await files.retrieveMetadata(created.id)).toEqual(created);
    expect(await files.delete(created.id)).toEqual({ id: created.id, type: "file_deleted" });
    await expect(files.retrieveMetadata(created.id)).rejects.toBeInstanceOf(Anthropic.NotFoundError);
  });

  it("can be downloaded only if a tool created them", async () => {
    const { files } = sdk();
    const { id } = await files.upload({ file: new File(["bytes"], "a.txt") });
    await expect(files.download(id)).rejects.toBeInstanceOf(Anthropic.BadRequestError);
    const stored = cloud().cloud.context.state.files.get(id);
    if (stored) stored.downloadable = true;
    expect(await (await files.download(id)).text()).toBe("bytes");
  });

  it("are listed in the old format when the old beta is set", async () => {
    const headers = { "anthropic-beta": "files-api-2025-04-14" };
    const { text } = await callAnthropic(cloud(), { path: "/v1/files?beta=true", headers });
    expect(Object.keys(JSON.parse(text))).toEqual(["data", "has_more", "first_id", "last_id"]);
  });
});

describe("the surface", () => {
  it("answers HEAD / without a credential", async () => {
    const headers = { "x-api-key": "", "anthropic-version": "" };
    expect(await callAnthropic(cloud(), { path: "/", method: "HEAD", headers })).toMatchObject({
      status: 200,
      text: "",
    });
  });

  it.each([
    ["GET", "/v1/messages", 405],
    ["PATCH", "/v1/models", 405],
    ["GET", "/v1/organizations", 404],
  ])("%s %s returns %d", async (method, path, status) => {
    expect(await callAnthropic(cloud(), { path, method })).toMatchObject({ status });
  });
});
