/** Who may call. That the Worker asks is tested in `test/surface.test.ts`, inside workerd. */
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { authenticate } from "./authenticate.ts";
import type { KnownClient } from "./bindings.ts";
import { ApiError } from "./errors.ts";
import { KnownClients } from "./known-clients.ts";
import { useWorkerdGlobals } from "./workerd-in-test.ts";

useWorkerdGlobals();
afterEach(() => {
  vi.restoreAllMocks();
});

const client = (name: string, ...tokens: string[]): KnownClient => ({
  name,
  sha256: tokens.map((token) => createHash("sha256").update(token).digest("base64url")),
});
/** One whose token is being rotated, and one other. */
const CLIENTS = new KnownClients([client("ci", "token-2", "token-1"), client("web", "web-token")]);

const nameOf = async (headers: HeadersInit) => (await authenticate(new Headers(headers), CLIENTS)).name;

describe("a client", () => {
  it.each<[string, HeadersInit, string]>([
    ["its current token", { "x-api-key": "token-2" }, "ci"],
    ["its previous token", { "x-api-key": "token-1" }, "ci"],
    ["the token of the last client", { "x-api-key": "web-token" }, "web"],
    ["a bearer token", { authorization: "Bearer web-token" }, "web"],
    ["a bearer token in another case and with more spaces", { authorization: "bEARER   web-token" }, "web"],
    ["a bearer token and an empty x-api-key", { "x-api-key": "", authorization: "Bearer web-token" }, "web"],
    ["both headers, by x-api-key", { "x-api-key": "web-token", authorization: "Bearer token-1" }, "web"],
  ])("is known by %s", async (_what, headers, name) => {
    expect(await nameOf(headers)).toBe(name);
  });

  it("is compared by the whole digest in constant time", async () => {
    const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");

    await nameOf({ "x-api-key": "token-2" });

    const [[known] = []] = compare.mock.calls;
    expect(compare).toHaveBeenCalledTimes(1);
    expect(known?.byteLength).toBe(43);
  });
});

describe("anybody else", () => {
  const MISSING = /is missing/;
  const UNKNOWN = /is not known/;

  it.each<[string, HeadersInit, RegExp]>([
    ["no header", {}, MISSING],
    ["an empty x-api-key", { "x-api-key": "" }, MISSING],
    ["another scheme", { authorization: "Basic web-token" }, MISSING],
    ["a scheme that ends alike", { authorization: "XBearer web-token" }, MISSING],
    ["a bearer without a token", { authorization: "Bearer " }, MISSING],
    ["a bearer and its token in one word", { authorization: "Bearerweb-token" }, MISSING],
    ["a bearer token and more", { authorization: "Bearer web-token x" }, MISSING],
    ["a token that is not known", { "x-api-key": "wrong" }, UNKNOWN],
    [
      "a token that is not known, beside a known one",
      { "x-api-key": "wrong", authorization: "Bearer web-token" },
      UNKNOWN,
    ],
    ["a token that only begins alike", { "x-api-key": "web-toke" }, UNKNOWN],
    ["a token's name in other letters", { "x-api-key": "WEB-TOKEN" }, UNKNOWN],
  ])("is refused with a 401 that is not retried: %s", async (_what, headers, message) => {
    const refusal = await nameOf(headers).catch((error: unknown) => error);

    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal).toMatchObject({
      status: 401,
      message: expect.stringMatching(message),
      headers: { "x-should-retry": "false" },
    });
  });
});
