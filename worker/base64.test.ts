import { expect, it } from "vitest";
import { fromBase64, toBase64Url } from "./base64.ts";

it.each([
  ["", []],
  ["AQ==", [1]],
  ["+/+/", [0xfb, 0xff, 0xbf]],
  ["AP8=", [0, 0xff]],
])("fromBase64 decodes %j", (text, bytes) => {
  expect([...fromBase64(text)]).toEqual(bytes);
});

it.each([
  [[], ""],
  [[1], "AQ"],
  [[0xfb, 0xff, 0xbf], "-_-_"],
  [[0, 0xff], "AP8"],
])("toBase64Url encodes %j without padding and with the characters of base64url", (bytes, text) => {
  expect(toBase64Url(Uint8Array.from(bytes))).toBe(text);
});
