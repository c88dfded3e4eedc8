/** What a caller is told when no target answered, and why Vertex was not asked. */
import { describe, expect, it } from "vitest";
import { type Failure, ownFailure } from "./errors.ts";
import { finalError } from "./final-error.ts";

const OWN = ownFailure("529", 529, "Overloaded.", { "retry-after": "3" });
const provider = (error: object): Failure => ({
  ...OWN,
  body: { kind: "provider", text: JSON.stringify({ type: "error", error, request_id: "req_1" }) },
});
const PROVIDERS = provider({ type: "overloaded_error", message: "Overloaded." });

const told = (failure: Failure | undefined, skipped: string | undefined, isCallerError = false) =>
  finalError({ attempts: [], ...(failure ? { failure } : {}), isCallerError }, skipped);

/** The body's envelope, whoever made it. */
const envelopeOf = ({ body }: Failure) => (body.kind === "own" ? { error: body.error } : JSON.parse(body.text));

describe("the failure of a chain", () => {
  it.each([
    ["our own", OWN],
    ["the provider's", PROVIDERS],
  ])("passes as it is where Vertex was asked: %s", (_whose, failure) => {
    expect(told(failure, undefined)).toBe(failure);
  });

  it.each([
    ["our own", OWN],
    ["the provider's", PROVIDERS],
  ])("says why Vertex was not asked, and keeps everything else: %s", (_whose, failure) => {
    const { body: _, ...rest } = failure;

    const final = told(failure, "member:mcp_servers");

    expect(envelopeOf(final)).toEqual({
      ...envelopeOf(failure),
      error: { type: "overloaded_error", message: "Overloaded. (Not sent to Vertex: member:mcp_servers.)" },
    });
    expect(final).toMatchObject(rest);
  });

  it("says why Vertex was not asked where the provider says nothing", () => {
    expect(envelopeOf(told(provider({ type: "x" }), "version")).error.message).toBe(" (Not sent to Vertex: version.)");
  });

  it("is a 500 where no target was asked", () => {
    expect(told(undefined, "version")).toMatchObject({ label: "none", status: 500 });
  });
});

describe("the caller's own error", () => {
  it.each(["version", "thread:continue"])("passes as it is, though Vertex was not asked: %s", (skipped) => {
    expect(told(PROVIDERS, skipped, true)).toBe(PROVIDERS);
  });
});

describe("a thread that only Anthropic has", () => {
  it("is told as not found, which makes the SDKs send the whole conversation again", () => {
    const final = told(PROVIDERS, "thread:continue");

    expect(final).toMatchObject({
      label: "529",
      status: 404,
      body: {
        kind: "own",
        error: {
          type: "not_found_error",
          message: expect.stringContaining("send the whole conversation in a new thread"),
          details: { error_code: "thread_not_found" },
        },
      },
    });
    expect([...final.headers]).toEqual([]);
  });
});
