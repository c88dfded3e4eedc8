/**
 * Compares this machine's clock with Cloudflare's. Google refuses a login that is signed with a
 * wrong time, and ages and expiries would be wrong here.
 */
import { type Found, fine, note, problem } from "./found.ts";

const MAX_SKEW_MS = 60_000;

/** @param answer with the time at which it arrived, by this machine's clock */
export function clockSkew({ headers, answeredMs }: { headers: Headers; answeredMs: number }): Found<undefined> {
  const theirsMs = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(theirsMs)) return note("not known, because Cloudflare's answer has no date");
  const skewMs = answeredMs - theirsMs;
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return fine("agrees with Cloudflare's");
  const seconds = Math.round(Math.abs(skewMs) / 1_000);
  const text = `this machine's clock is ${seconds} s ${skewMs > 0 ? "ahead" : "behind"}`;
  return problem(text, "sudo timedatectl set-ntp true");
}
