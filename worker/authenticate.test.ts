/**
 * Tests which tokens are accepted. `test/worker/routes.test.ts` tests in workerd that the Worker
 * requires a token.
 */
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { authenticate } from "./authenticate.ts";
import type { KnownClient } from "./client-line.ts";
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
/** The token of `ci` is being rotated, so it has two. */
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
  ])("is identified by %s", async (_what, headers, name) => {
    expect(await nameOf(headers)).toBe(name);
  });

  it("is compared by its whole digest, in constant time", async () => {
    const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");
    const clients = new KnownClients([client("ci", "token-2")]);

    await authenticate(new Headers({ "x-api-key": "token-2" }), clients);

    const [[known] = []] = compare.mock.calls;
    expect(compare).toHaveBeenCalledTimes(1);
    expect(known?.byteLength).toBe(43);
  });
});

describe("a token", () => {
  it("needs a digest only once if it was accepted", async () => {
    const digest = vi.spyOn(crypto.subtle, "digest");
    const clients = new KnownClients([client("ci", "token-2", "token-1")]);
    const ask = (token: string) => authenticate(new Headers({ "x-api-key": token }), clients);

    const seen = [await ask("token-1"), await ask("token-1"), await ask("token-2"), await ask("token-2")];

    expect(seen.map(({ usesPreviousToken }) => usesPreviousToken)).toEqual([true, true, undefined, undefined]);
    expect(digest).toHaveBeenCalledTimes(2);
  });

  it("is not remembered if it was refused", async () => {
    const digest = vi.spyOn(crypto.subtle, "digest");
    const clients = new KnownClients([client("ci", "token-2")]);
    const ask = () => authenticate(new Headers({ "x-api-key": "wrong" }), clients).catch(() => "refused");

    expect([await ask(), await ask()]).toEqual(["refused", "refused"]);
    expect(digest).toHaveBeenCalledTimes(2);
    expect(clients.remembered("wrong")).toBeUndefined();
  });
});

describe("a request", () => {
  const MISSING = /is missing/;
  const UNKNOWN = /is not known/;

  it.each<[string, HeadersInit, RegExp]>([
    ["no credential", {}, MISSING],
    ["an empty x-api-key", { "x-api-key": "" }, MISSING],
    ["another scheme", { authorization: "Basic web-token" }, MISSING],
    ["a scheme that ends with Bearer", { authorization: "XBearer web-token" }, MISSING],
    ["a bearer without a token", { authorization: "Bearer " }, MISSING],
    ["no space between Bearer and the token", { authorization: "Bearerweb-token" }, MISSING],
    ["text after the bearer token", { authorization: "Bearer web-token x" }, MISSING],
    ["an unknown token", { "x-api-key": "wrong" }, UNKNOWN],
    [
      "an unknown x-api-key and a known bearer token",
      { "x-api-key": "wrong", authorization: "Bearer web-token" },
      UNKNOWN,
    ],
    ["the beginning of a known token", { "x-api-key": "web-toke" }, UNKNOWN],
    ["a known token in capital letters", { "x-api-key": "WEB-TOKEN" }, UNKNOWN],
  ])("gets a 401 with `x-should-retry: false` for %s", async (_what, headers, message) => {
    const refusal = await nameOf(headers).catch((error: unknown) => error);

    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal).toMatchObject({
      status: 401,
      message: expect.stringMatching(message),
      headers: { "x-should-retry": "false" },
    });
  });
});
