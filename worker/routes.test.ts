/** The paths that exist. No other part of Anthropic's API can be reached with the shared key. */
import { describe, expect, it } from "vitest";
import { ApiError } from "./errors.ts";
import { anthropicPath, findRoute, handlerOf, nothingAt } from "./routes.ts";

describe("a path", () => {
  it.each<[string, string, string, string]>([
    ["/v1/messages", "messages", "clients", "POST"],
    ["/v1/messages/count_tokens", "count_tokens", "clients", "POST"],
    ["/v1/models", "models", "clients", "GET"],
    ["/v1/models/claude-sonnet-4-5@20250929", "models", "clients", "GET"],
    ["/v1/messages/batches", "batches", "clients", "GET POST"],
    ["/v1/messages/batches/msgbatch_1", "batches", "clients", "GET DELETE"],
    ["/v1/messages/batches/msgbatch_1/cancel", "batches", "clients", "POST"],
    ["/v1/messages/batches/msgbatch_1/results", "batches", "clients", "GET"],
    ["/v1/files", "files", "clients", "GET POST"],
    ["/v1/files/file_1", "files", "clients", "GET DELETE"],
    ["/v1/files/file_1/content", "files", "clients", "GET"],
    ["/", "health", "anybody", "HEAD"],
    ["/api/hello", "health", "anybody", "HEAD"],
    ["/health", "health", "anybody", "GET HEAD"],
  ])("%s belongs to %s, for %s, with the methods %s", (path, name, audience, methods) => {
    const route = findRoute(path);

    expect(route && [route.name, route.for, Object.keys(route.methods).join(" ")]).toEqual([name, audience, methods]);
  });

  it.each([
    "",
    "/v1",
    "/v1/",
    "/v1/messages/",
    "/v1/messagesx",
    "/x/v1/messages",
    "/v1/messages/batches/",
    "/v1/messages/batches/a/b",
    "/v1/messages/batches/a/results/b",
    "/v1/messages/batches/a%2Fb",
    "/v1/models/",
    "/v1/models/a/b",
    "/v1/files/a/content/b",
    "/v1/organizations",
    "/v1/organizations/api_keys",
    "/v1/complete",
    "/v1/skills",
    "/healthx",
    "/api/hello/x",
    "/constructor",
  ])("%j does not exist", (path) => {
    expect(findRoute(path)).toBeUndefined();
  });
});

describe("Anthropic's path", () => {
  it.each([
    ["/v1/messages", "/v1/messages"],
    ["/v1/v1/messages", "/v1/messages"],
    ["/v1/v1/models/x", "/v1/models/x"],
    ["/messages", "/v1/messages"],
    ["/messages/count_tokens", "/v1/messages/count_tokens"],
    ["/models", "/v1/models"],
    ["/files/f/content", "/v1/files/f/content"],
    ["/messagesx", "/messagesx"],
    ["/x/messages", "/x/messages"],
    ["/health", "/health"],
    ["/", "/"],
  ])("of %s is %s", (path, expected) => {
    expect(anthropicPath(path)).toBe(expected);
  });
});

describe("a method", () => {
  const METHODS = { GET: "got", POST: "posted" };

  it("that is allowed has its handler", () => {
    expect(handlerOf(METHODS, "POST", "/x")).toBe("posted");
  });

  it.each(["DELETE", "get", "constructor", "__proto__"])(
    "that is not allowed is a 405 that names the allowed methods: %s",
    (method) => {
      expect(() => handlerOf(METHODS, method, "/x")).toThrow(
        new ApiError(405, `${method} is not allowed at /x, only GET, POST.`, { allow: "GET, POST" }),
      );
    },
  );
});

describe("a path that does not exist", () => {
  it.each(["/v1/chat/completions", "/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings"])(
    "is a 404 with a hint for clients of OpenAI's API: %s",
    (path) => {
      expect(nothingAt(path)).toMatchObject({ status: 404, message: expect.stringMatching(/not an OpenAI one/) });
    },
  );

  it.each(["/v1/complete", "/v1/responses/x", "/xresponses"])("is a 404 without a hint: %s", (path) => {
    expect(nothingAt(path)).toMatchObject({ status: 404, message: `There is nothing at ${path}.` });
  });
});
