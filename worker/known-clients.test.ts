/** A client is found only by the whole digest of one of its tokens. */
import { expect, it, onTestFinished, vi } from "vitest";
import { toBase64Url } from "./base64.ts";
import { KnownClients } from "./known-clients.ts";
import { useWorkerdGlobals } from "./workerd-in-test.ts";

useWorkerdGlobals();

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
  const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");
  onTestFinished(() => compare.mockRestore());

  const found = new KnownClients(many).find(digest(1_500, 1));

  expect(found?.name).toBe("client-500");
  expect(compare).toHaveBeenCalledTimes(1);
});
