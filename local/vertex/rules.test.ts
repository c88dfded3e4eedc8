import { describe, expect, it } from "vitest";
import { refusedByVertex } from "./rules.ts";

const BODY = { anthropic_version: "vertex-2023-10-16", max_tokens: 1, messages: [{ role: "user", content: "Hello" }] };
const predict = (more: object, beta = "", vertexId = "claude-sonnet-4-6") =>
  refusedByVertex("predict", { ...BODY, ...more }, beta, vertexId);

describe("Claude on Vertex", () => {
  it("accepts members that no table lists", () => {
    expect(predict({ thinking: {}, metadata: {}, output_config: {}, cache_control: {} })).toBeUndefined();
  });

  it.each(["model", "service_tier", "mcp_servers", "workspace_id", "fallback_credit_token"])("refuses %s", (member) => {
    expect(predict({ [member]: "x" })).toBe(`${member}: Extra inputs are not permitted`);
  });

  it("accepts context_management only with its beta", () => {
    expect(predict({ context_management: {} })).toBe("context_management: Extra inputs are not permitted");
    expect(predict({ context_management: {} }, "context-management-2025-06-27")).toBeUndefined();
  });

  it("accepts output_config only from 4.6", () => {
    expect(predict({ output_config: {} }, "", "claude-sonnet-4-5@20250929")).toMatch(/^output_config: Extra inputs/);
  });

  it("names the unknown betas that it refuses", () => {
    expect(predict({}, "context-1m-2025-08-07, fast-mode-2026-02-01,files-api-2025-04-14")).toMatch(
      /^Unexpected value\(s\) `fast-mode-2026-02-01`, `files-api-2025-04-14` for the `anthropic-beta` header/,
    );
  });

  it("accepts fewer betas for token counting, and takes the model from the body", () => {
    const count = (beta: string) => refusedByVertex("countTokens", { ...BODY, model: "m" }, beta, "claude-sonnet-4-6");
    expect(count("context-1m-2025-08-07")).toBeUndefined();
    expect(count("web-search-2025-03-05")).toMatch(/`web-search-2025-03-05`/);
  });

  it.each(["url", "file"])("refuses %s sources, also in tool results", (type) => {
    const image = { type: "image", source: { type } };
    expect(predict({ messages: [{ role: "user", content: [image] }] })).toMatch(/source: Input tag/);
    const result = { type: "tool_result", content: [image] };
    expect(predict({ messages: [{ role: "user", content: [result] }] })).toMatch(/source: Input tag/);
    const inline = { type: "image", source: { type: "base64", media_type: "image/png", data: "" } };
    expect(predict({ messages: [{ role: "user", content: [inline] }] })).toBeUndefined();
  });

  it.each([
    "code_execution_20250825",
    "web_fetch_20250910",
    "advisor_20260301",
    "computer_toolset_20260801",
    "mcp_toolset",
  ])("refuses the tool %s", (type) => {
    expect(predict({ tools: [{ name: "mine", input_schema: {} }, { type }] })).toMatch(`tools.1: Input tag '${type}'`);
  });

  it("accepts tools that it supports", () => {
    expect(predict({ tools: [{ type: "web_search_20250305" }, { type: "bash_20250124" }] })).toBeUndefined();
  });
});
