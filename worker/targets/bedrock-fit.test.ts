/** Tests which requests have the same meaning on Bedrock, and what is left out for it. */
import { describe, expect, it } from "vitest";
import { COUNT_TOKENS, MESSAGES } from "../endpoints.ts";
import { findModel, type Model } from "../models.ts";
import { interpret } from "../request/body.ts";
import { fitForBedrock } from "./bedrock-fit.ts";

const OPUS: Model = findModel("claude-opus-5-5", {}) ?? { id: "none", locations: [] };
const HAIKU: Model = findModel("claude-haiku-4-5", {}) ?? { id: "none", locations: [] };

interface Request {
  members?: object;
  /** Members as text, instead of `members`. */
  text?: string;
  betas?: readonly string[];
  version?: string;
  model?: Model;
  endpoint?: typeof MESSAGES;
}

function fitted({
  members = {},
  text,
  betas = [],
  version = "2023-06-01",
  model = OPUS,
  endpoint = MESSAGES,
}: Request) {
  const json = text === undefined ? JSON.stringify({ model: model.id, messages: [], ...members }) : text;
  const fit = fitForBedrock(model, interpret(new TextEncoder().encode(json)), version, betas, endpoint);
  return fit.ok ? fit.form : fit.reason;
}

const block = (added: object) => ({ messages: [{ role: "user", content: [added] }] });

describe("a request that Bedrock accepts", () => {
  it.each(["2023-06-01", "2026-10-21"])("keeps its version of the API: %s", (version) => {
    expect(fitted({ version })).toMatchObject({ version, betas: [], report: [] });
  });

  it.each([
    ["an effort", { output_config: { effort: "high" } }],
    ["an empty output_config", { output_config: null }],
    ["adaptive thinking", { thinking: { type: "adaptive" } }],
    ["a client's tool", { tools: [{ name: "t", input_schema: {} }] }],
    ["the computer tool", { tools: [{ type: "computer_20251124", name: "computer" }] }],
    ["an inline image", block({ type: "image", source: { type: "base64", media_type: "image/png", data: "" } })],
  ])("may have %s", (_what, members) => {
    expect(fitted({ members })).toMatchObject({ report: [] });
  });

  it("keeps a member with the beta that it needs", () => {
    const betas = ["context-management-2025-06-27"];

    expect(fitted({ members: { context_management: {} }, betas })).toMatchObject({ betas, report: [] });
  });

  it("loses what changes nothing", () => {
    const request = { members: { service_tier: "auto", speed: "fast" }, betas: ["fast-mode-2026-02-01"] };

    expect(fitted(request)).toMatchObject({
      betas: [],
      report: ["service_tier", "speed", "beta:fast-mode-2026-02-01"],
    });
  });

  it("loses, for a token count, what is not counted", () => {
    expect(fitted({ members: { max_tokens: 8 }, endpoint: COUNT_TOKENS })).toMatchObject({ report: ["max_tokens"] });
  });
});

describe("a request that keeps off Bedrock", () => {
  it.each<[string, Request]>([
    ["model_not_on_bedrock", { model: { id: "claude-sonnet-4-6", locations: [] } }],
    ["version", { version: "2020-01-01" }],
    ["version", { version: "2026-10-21", model: HAIKU }],
    ["too_large", { members: { system: "x".repeat(20 * 1024 * 1024) } }],
    ["member:output_config", { members: { output_config: { effort: "low", format: { type: "json_schema" } } } }],
    ["member:output_config", { members: { output_config: { x: "x".repeat(2_000) } } }],
    ["member:output_format", { members: { output_format: {} } }],
    ["member:anthropic_version", { members: { anthropic_version: "bedrock-2023-05-31" } }],
    ["member:mcp_servers", { members: { mcp_servers: [] } }],
    ["member:container", { members: { container: "c" } }],
    ["member:fallbacks", { members: { fallbacks: [] } }],
    ["member:compaction", { members: { compaction: {} }, betas: [] }],
    ["member:context_management", { members: { context_management: {} } }],
    ["beta:compact-2026-09-04", { betas: ["compact-2026-09-04"] }],
    ["beta:web-search-2025-03-05", { betas: ["web-search-2025-03-05"] }],
    ["beta:new-2027-01-01", { betas: ["new-2027-01-01"] }],
    ["tool:web_search_20250305", { members: { tools: [{ type: "web_search_20250305", name: "web_search" }] } }],
    ["tool:code_execution_20250825", { members: { tools: [{ type: "code_execution_20250825" }] } }],
    ["block:web_search_tool_result", { members: block({ type: "web_search_tool_result" }) }],
    ["source:url", { members: block({ type: "image", source: { type: "url", url: "https://x" } }) }],
    ["source:file", { members: block({ type: "document", source: { type: "file", file_id: "f" } }) }],
    ["thread:continue", { members: { thread: { type: "continue", id: "t" } } }],
  ])("has the reason %s", (reason, request) => {
    expect(fitted(request)).toBe(reason);
  });

  it("cannot hide a schema behind an escaped name", () => {
    const text = '{"model":"claude-opus-5-5","messages":[],"output_config":{"\\u0066ormat":{}}}';

    expect(fitted({ text })).toBe("member:output_config");
  });

  it("does not hide the model's older version when it is the right one", () => {
    expect(fitted({ version: "2023-06-01", model: HAIKU })).toMatchObject({ report: [] });
  });
});
