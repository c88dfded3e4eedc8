/**
 * Tests the error that a caller gets when no target answered, with the reason if there was no
 * Vertex step.
 */
import { describe, expect, it } from "vitest";
import { type Failure, ownFailure } from "./errors.ts";
import { finalError } from "./final-error.ts";

const OWN = ownFailure("529", 529, "Overloaded.", { "retry-after": "3" });
const provider = (error: object): Failure => ({
  ...OWN,
  body: { kind: "provider", text: JSON.stringify({ type: "error", error, request_id: "req_1" }) },
});
const PROVIDERS = provider({ type: "overloaded_error", message: "Overloaded." });

const finalErrorFor = (failure: Failure | undefined, skipped: string | undefined, isCallerError = false) =>
  finalError({ attempts: [], ...(failure ? { failure } : {}), isCallerError }, skipped);

/** The error's envelope, whether we or the provider created it. */
const envelopeOf = ({ body }: Failure) => (body.kind === "own" ? { error: body.error } : JSON.parse(body.text));

describe("the failure of a chain", () => {
  it.each([
    ["our own", OWN],
    ["the provider's", PROVIDERS],
  ])("is returned unchanged if Vertex was asked: %s", (_source, failure) => {
    expect(finalErrorFor(failure, undefined)).toBe(failure);
  });

  it.each([
    ["our own", OWN],
    ["the provider's", PROVIDERS],
  ])("says why there was no Vertex step, and keeps everything else: %s", (_source, failure) => {
    const { body: _, ...rest } = failure;

    const final = finalErrorFor(failure, "member:mcp_servers");

    expect(envelopeOf(final)).toEqual({
      ...envelopeOf(failure),
      error: { type: "overloaded_error", message: "Overloaded. (Not sent to Vertex: member:mcp_servers.)" },
    });
    expect(final).toMatchObject(rest);
  });

  it("says why there was no Vertex step if the provider's message is missing", () => {
    expect(envelopeOf(finalErrorFor(provider({ type: "x" }), "version")).error.message).toBe(
      " (Not sent to Vertex: version.)",
    );
  });

  it("names the platforms if there is more than one", () => {
    const skipped = "vertex=version;bedrock=model_not_on_bedrock";

    expect(envelopeOf(finalErrorFor(OWN, skipped)).error.message).toBe(`Overloaded. (Not sent: ${skipped}.)`);
  });

  it("is a 500 if no target was asked", () => {
    expect(finalErrorFor(undefined, "version")).toMatchObject({ label: "none", status: 500 });
  });
});

describe("the caller's own error", () => {
  it.each(["version", "thread:continue"])("is returned unchanged, without a reason: %s", (skipped) => {
    expect(finalErrorFor(PROVIDERS, skipped, true)).toBe(PROVIDERS);
  });
});

describe("the failure of a thread that only Anthropic has", () => {
  it.each(["thread:continue", "vertex=thread:continue;bedrock=thread:continue"])(
    "becomes thread_not_found, so that the SDKs send the whole conversation again: %s",
    (skipped) => {
      const final = finalErrorFor(PROVIDERS, skipped);

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
    },
  );
});
