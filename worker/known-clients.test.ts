/** A client is found only by the whole digest of one of its tokens. */
import { timingSafeEqual } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toBase64Url } from "./base64.ts";
import { KnownClients } from "./known-clients.ts";

/** Cloudflare's addition to Web Crypto, which Node does not have. */
beforeAll(() => Object.assign(crypto.subtle, { timingSafeEqual }));
afterAll(() => Reflect.deleteProperty(crypto.subtle, "timingSafeEqual"));

/** 32 bytes. The first eight are the given number, and all others are the given byte. */
function digest(beginning: number, rest: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(rest);
  new DataView(bytes.buffer).setFloat64(0, beginning);
  return bytes;
}
const text = (beginning: number, rest: number) => toBase64Url(digest(beginning, rest));

const CLIENTS = new KnownClients([
  { name: "one", sha256: [text(1, 1)] },
  { name: "rotated", sha256: [text(2, 1), text(3, 1)] },
  { name: "like-one", sha256: [text(1, 2)] },
]);

it.each([
  ["the digest of its token", digest(1, 1), "one"],
  ["the digest of its newest token", digest(2, 1), "rotated"],
  ["the digest of its previous token", digest(3, 1), "rotated"],
  ["a digest whose first bytes equal another client's", digest(1, 2), "like-one"],
])("a client is found by %s", (_what, given, name) => {
  expect(CLIENTS.find(given)?.name).toBe(name);
});

it.each([
  ["is unknown", digest(4, 1)],
  ["has only the first bytes of a known digest", digest(1, 3)],
])("no client is found by a digest that %s", (_what, given) => {
  expect(CLIENTS.find(given)).toBeUndefined();
});

it("only one digest is compared among 1,000 clients", () => {
  const many = Array.from({ length: 1_000 }, (_, index) => ({
    name: `client-${index}`,
    sha256: [text(index, 1), text(index + 1_000, 1)],
  }));
  let compared = 0;
  Object.assign(crypto.subtle, {
    timingSafeEqual: (one: Uint8Array, other: Uint8Array) => {
      compared += 1;
      return timingSafeEqual(one, other);
    },
  });

  const found = new KnownClients(many).find(digest(1_500, 1));
  Object.assign(crypto.subtle, { timingSafeEqual });

  expect(found?.name).toBe("client-500");
  expect(compared).toBe(1);
});
