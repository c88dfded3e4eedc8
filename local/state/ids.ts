/** Random identifiers in the clouds' formats. They are opaque: code may rely on a prefix only. */
import { randomBytes, randomInt } from "node:crypto";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export function randomText(length: number, alphabet = BASE58): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
}

export function randomHex(length: number): string {
  return randomBytes(Math.ceil(length / 2))
    .toString("hex")
    .slice(0, length);
}

export function randomDigits(length: number): string {
  return randomText(length, "0123456789");
}
