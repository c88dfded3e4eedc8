import { describe, expect, it } from "vitest";
import { loggable, loggableSkipped } from "./loggable.ts";

describe("a word about a request", () => {
  it.each([
    "unknown_model",
    "model_not_in_locations",
    "model_not_on_bedrock",
    "block:web_search_tool_result",
    "memory",
    "version",
    "service_tier",
    "cache_control.scope",
    "member:mcp_servers",
    "beta:context-1m-2025-08-07",
    "source:url",
    "tool:code_execution",
    "block:container_upload",
    "thread:continue",
  ])("is in the log if it is from a table: %s", (word) => {
    expect(loggable(word)).toBe(word);
  });

  it.each([
    ["beta:effort-1234-56-78", "beta:effort"],
    ["tool:code_execution_12345678", "tool:code_execution"],
  ])("is in the log without the version that the caller has chosen: %s", (word, logged) => {
    expect(loggable(word)).toBe(logged);
  });

  it.each([
    ["a-secret", "member"],
    ["member:a-secret", "member"],
    ["member", "member"],
    ["beta:a-secret", "beta"],
    ["beta:a-secret-2026-01-01", "beta"],
    ["beta", "beta"],
    ["tool:a-secret", "tool"],
    ["block:a-secret", "block"],
    ["source:a-secret", "source"],
    ["thread:a-secret", "thread"],
    ["thread:continue:a-secret", "thread"],
    ["a-kind:a-secret", "member"],
  ])("is replaced by its kind if the caller has chosen it: %s", (word, logged) => {
    expect(loggable(word)).toBe(logged);
  });
});

describe("the reasons of several platforms", () => {
  it.each([
    ["version", "version"],
    ["bedrock=model_not_on_bedrock", "bedrock=model_not_on_bedrock"],
    ["vertex=member:a-secret;bedrock=beta:a-secret", "vertex=member;bedrock=beta"],
    ["vertex=source:url;bedrock=tool:web_search_20250305", "vertex=source:url;bedrock=tool:web_search"],
  ])("are in the log, each without the caller's words: %s", (skipped, logged) => {
    expect(loggableSkipped(skipped)).toBe(logged);
  });
});
