/**
 * Tests which members and betas are sent to Vertex, which are left out, and which keep the request
 * on Anthropic.
 */
import { describe, expect, it } from "vitest";
import { COUNT_TOKENS, MESSAGES } from "../endpoints.ts";
import { interpret, type RequestBody } from "../request/body.ts";
import { fitFor, namesStoredObjects } from "./fit.ts";
import { VERTEX } from "./vertex-capabilities.ts";

const VERSION = "2023-06-01";
const MEMBERS = { model: "claude-sonnet-4-6", max_tokens: 8, messages: [{ role: "user", content: "Hello" }] };

const bodyOf = (text: string) => interpret(new TextEncoder().encode(text));
const requestWith = (members: object) => bodyOf(JSON.stringify({ ...MEMBERS, ...members }));
/** Adds members as text, because `__proto__` in an object literal would set its prototype. */
const requestWithText = (members: string) => bodyOf(`${JSON.stringify(MEMBERS).slice(0, -1)},${members}}`);

function fit(body: RequestBody, betas: readonly string[] = [], { version = VERSION, endpoint = MESSAGES } = {}) {
  const result = fitFor(VERTEX, body, version, betas, endpoint);
  return result.ok ? result.form : result.reason;
}

const block = (added: object) => ({
  messages: [{ role: "user", content: [{ type: "text", text: "x" }, added] }],
});

describe("the API's version", () => {
  it.each([
    ["2023-06-01", "vertex-2023-10-16"],
    ["2026-10-21", "2026-10-21"],
  ])("%s gets its name on Vertex", (version, name) => {
    expect(fit(requestWith({}), [], { version })).toMatchObject({ version: name });
  });

  it.each(["2023-01-01", "", "constructor", "toString", "__proto__", "2023-06-01, 2026-10-21"])(
    "%j keeps the request on Anthropic",
    (version) => {
      expect(fit(requestWith({}), [], { version })).toBe("version");
    },
  );
});

describe("a member", () => {
  it.each([
    "cache_control",
    "metadata",
    "output_config",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
    "anthropic_version",
  ])("that Vertex accepts is sent: %s", (member) => {
    expect(fit(requestWith({ [member]: null }))).toMatchObject({ omittedMembers: new Set(), report: [] });
  });

  it.each([
    "billing_policy",
    "diagnostics",
    "fallback_credit_token",
    "service_tier",
    "speed",
    "user_profile_id",
    "workspace_id",
  ])("that cannot change the answer is left out and reported: %s", (member) => {
    expect(fit(requestWith({ [member]: "x" }))).toMatchObject({
      omittedMembers: new Set([member]),
      report: [member],
    });
  });

  it.each([
    "mcp_servers",
    "container",
    "fallbacks",
    "inference_geo",
    "thread",
    "a_new_member",
    "constructor",
    "valueof",
  ])("that could change the answer keeps the request on Anthropic: %s", (member) => {
    expect(fit(requestWith({ [member]: {} }))).toBe(`member:${member}`);
  });

  it.each([
    ["__proto__", "member:__proto__"],
    ["constructor", "member:constructor"],
    ["toString", "member"],
    ["hasOwnProperty", "member"],
  ])("with a name that every object inherits is unknown: %s", (member, reason) => {
    expect(fit(requestWithText(`"${member}":{}`))).toBe(reason);
  });

  it.each(["a\\nb", "\u00e9", "a,b", "A"])(
    "that is null is reported by its kind if it is no name for a header: %s",
    (member) => {
      expect(fit(requestWithText(`"${member}" : null`))).toMatchObject({ report: ["member"] });
    },
  );

  it.each(["mcp_servers", "container", "a_new_member", "context_management", "thread", "__proto__"])(
    "that is null is left out and reported: %s",
    (member) => {
      expect(fit(requestWithText(`"${member}" : null`))).toMatchObject({
        omittedMembers: new Set([member]),
        report: [member],
      });
    },
  );

  it.each([
    ["has capital letters", "X-Injected"],
    ["has a line break", "a\r\nset-cookie: x"],
    ["has letters outside ASCII", "é"],
    ["has a comma", "a,b"],
    ["has white space", "a b"],
    ["has a semicolon", "a;b"],
    ["is long", "a".repeat(90)],
  ])("does not appear in the reason if its name %s", (_what, member) => {
    expect(fit(requestWith({ [member]: 1 }))).toBe("member");
  });
});

describe("a member that needs a beta", () => {
  it.each([
    ["context_management", "context-management-2025-06-27"],
    ["context_management", "compact-2026-01-12"],
    ["compaction", "compact-2026-09-04"],
  ])("is sent with the beta: %s with %s", (member, beta) => {
    expect(fit(requestWith({ [member]: {} }), [beta])).toMatchObject({
      betas: [beta],
      omittedMembers: new Set(),
      report: [],
    });
  });

  it.each([
    ["context_management", []],
    ["context_management", ["compact-2026-09-04"]],
    ["compaction", []],
    ["compaction", ["compact-2026-01-12"]],
  ])("keeps the request on Anthropic without the beta: %s with %j", (member, betas) => {
    expect(fit(requestWith({ [member]: {} }), betas)).toBe(`member:${member}`);
  });
});

describe("a thread", () => {
  it("that is new is left out, because its first turn is a complete request", () => {
    expect(fit(requestWith({ thread: { type: "create" } }))).toMatchObject({
      omittedMembers: new Set(["thread"]),
      report: ["thread"],
    });
  });

  it("that is new does not hide another reason", () => {
    expect(fit(requestWith({ thread: { type: "create" }, mcp_servers: [] }))).toBe("member:mcp_servers");
  });

  it("that is continued keeps the request on Anthropic", () => {
    expect(fit(requestWith({ thread: { type: "continue", id: "t" } }))).toBe("thread:continue");
  });

  it.each([
    ["of an unknown type", '"thread":{"type":"fork"}', "thread:fork"],
    ["of two types", '"thread":{"type":"create","type":"continue"}', "thread:continue"],
    ["with a list as its type", '"thread":{"type":["create"]}', "member:thread"],
    ["with spaces and capitals in its type", '"thread":{"type":"Create it"}', "type"],
    ["without a type", '"thread":{}', "member:thread"],
    ["that is a string", '"thread":"create"', "member:thread"],
  ])("%s keeps the request on Anthropic", (_what, member, reason) => {
    expect(fit(requestWithText(member))).toBe(reason);
  });
});

describe("a beta", () => {
  it.each([
    "compact-2026-01-12",
    "computer-use-2025-11-24",
    "context-1m-2025-08-07",
    "interleaved-thinking-2025-05-14",
    "web-search-2025-03-05",
  ])("that Vertex accepts is sent: %s", (beta) => {
    expect(fit(requestWith({}), [beta])).toMatchObject({ betas: [beta], report: [] });
  });

  it.each(["claude-code-2025-02-19", "oauth-2025-04-20", "prompt-caching-scope-2026-01-05", "files-api-2025-04-14"])(
    "that alone cannot change the answer is left out and reported: %s",
    (beta) => {
      expect(fit(requestWith({}), [beta])).toMatchObject({ betas: [], report: [`beta:${beta}`] });
    },
  );

  it("gets its name on Vertex, and is sent once", () => {
    const betas = ["advanced-tool-use-2025-11-20", "tool-search-tool-2025-10-19"];

    expect(fit(requestWith({}), betas)).toMatchObject({ betas: ["tool-search-tool-2025-10-19"], report: [] });
  });

  it.each([
    ["a-new-beta-2026-01-01", "beta:a-new-beta-2026-01-01"],
    ["context-1m-2026-01-01", "beta:context-1m-2026-01-01"],
    ["claude-code-2025-02-19x", "beta:claude-code-2025-02-19x"],
    ["claude-code", "beta:claude-code"],
    ["constructor", "beta:constructor"],
    ["__proto__", "beta:__proto__"],
    ["toString", "beta"],
    ["a b", "beta"],
    ["é", "beta"],
    ["b".repeat(90), "beta"],
  ])("that is unknown keeps the request on Anthropic: %s", (beta, reason) => {
    expect(fit(requestWith({}), [beta])).toBe(reason);
  });
});

describe("counting tokens", () => {
  const count = (members: object, betas: readonly string[] = []) =>
    fit(requestWith(members), betas, { endpoint: COUNT_TOKENS });

  it("leaves out members that do not apply", () => {
    const form = count({ stream: true, temperature: 1, metadata: {}, stop_sequences: [], top_k: 1, top_p: 1 });

    expect(form).toMatchObject({
      report: ["max_tokens", "stream", "temperature", "metadata", "stop_sequences", "top_k", "top_p"],
    });
  });

  it("leaves out a beta that this endpoint refuses", () => {
    expect(count({}, ["web-search-2025-03-05"])).toMatchObject({
      betas: [],
      report: ["max_tokens", "beta:web-search-2025-03-05"],
    });
  });

  it("stays on Anthropic with a member that could change the count", () => {
    expect(count({ mcp_servers: [] })).toBe("member:mcp_servers");
  });
});

describe("a type in the body", () => {
  it.each<[string, object]>([
    ["source:url", block({ type: "image", source: { type: "url", url: "https://x" } })],
    ["source:file", block({ type: "document", source: { type: "file", file_id: "f" } })],
    ["source:url", block({ type: "tool_result", content: [{ type: "image", source: { type: "url" } }] })],
    [
      "source:url",
      block({ type: "document", source: { type: "content", content: [{ type: "image", source: { type: "url" } }] } }),
    ],
    ["tool:web_fetch_20250910", { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }] }],
    ["tool:code_execution_20250825", { tools: [{ name: "x", input_schema: {} }, { type: "code_execution_20250825" }] }],
    ["tool:advisor_20260301", { tools: [{ type: "advisor_20260301" }] }],
    ["tool:mcp_toolset", { tools: [{ type: "mcp_toolset" }] }],
    ["block:mcp_tool_use", block({ type: "mcp_tool_use" })],
    ["block:mcp_tool_result", block({ type: "mcp_tool_result" })],
    ["block:web_fetch_tool_result", block({ type: "web_fetch_tool_result" })],
    ["block:code_execution_tool_result", block({ type: "code_execution_tool_result" })],
    ["block:bash_code_execution_tool_result", block({ type: "bash_code_execution_tool_result" })],
    ["block:container_upload", block({ type: "container_upload" })],
  ])("that only Anthropic supports keeps the request on Anthropic: %s", (reason, members) => {
    expect(fit(requestWith(members))).toBe(reason);
  });

  it("is found if it is escaped", () => {
    const text = `{"model":"m","messages":[{"c\\u006fntent":[{"s\\u006furce":{"t\\u0079pe":"u\\u0072l"}}]}]}`;

    expect(fit(bodyOf(text))).toBe("source:url");
  });

  it("keeps the request on Anthropic if there are too many types", () => {
    const tools = [...Array(100).keys()].map((i) => ({ type: `t${i}` }));

    expect(fit(requestWith({ tools }))).toBe("too_many_types");
  });

  it.each<[string, object]>([
    ["a tool's input", block({ type: "tool_use", input: { type: "url", source: { type: "file" } } })],
    [
      "a tool's schema",
      { tools: [{ name: "t", input_schema: { type: "object", properties: { source: { type: "url" } } } }] },
    ],
    ["a text block", block({ type: "text", text: '"source":{"type":"url"}' })],
    ["a base64 source", block({ type: "image", source: { type: "base64", data: "x" } })],
    ["a web search tool, which Vertex supports", { tools: [{ type: "web_search_20250305" }] }],
    ["another member", { metadata: { source: { type: "url" } } }],
    ["a longer type name", block({ type: "mcp_tool_used" })],
  ])("is not found in %s", (_what, members) => {
    expect(fit(requestWith(members))).toMatchObject({ report: [] });
  });
});

it("the scopes in cache_control are left out, and reported once", () => {
  const system = Array(3).fill({ type: "text", text: "x", cache_control: { type: "ephemeral", scope: "global" } });

  expect(fit(requestWith({ system, speed: "fast" }))).toMatchObject({ report: ["speed", "cache_control.scope"] });
});

describe("namesStoredObjects is", () => {
  it.each<[string, object, boolean]>([
    ["true for a file", block({ type: "document", source: { type: "file", file_id: "f" } }), true],
    ["true for an uploaded file", block({ type: "container_upload", file_id: "f" }), true],
    ["true for a container", { container: "c" }, true],
    ["true for the continuation of a thread", { thread: { type: "continue" } }, true],
    ["false for a new thread", { thread: { type: "create" } }, false],
    ["false for a URL", block({ type: "image", source: { type: "url" } }), false],
    ["false for a text", {}, false],
  ])("%s", (_what, members, expected) => {
    expect(namesStoredObjects(requestWith(members))).toBe(expected);
  });
});
