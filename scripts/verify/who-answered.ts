/**
 * Reads an error's body: the gateway, Google's front end, Anthropic's model layer and Cloudflare's
 * control plane each have their own envelope, which says who wrote the answer.
 */
import { z } from "zod";
import type { RawAnswered } from "../clouds/raw-request.ts";

export interface WrittenBy {
  who: "gateway" | "google" | "anthropic" | "somebody else";
  /** The gateway's number, Google's status or Anthropic's type. */
  code: string | undefined;
  message: string;
}

const GATEWAY = z.object({
  success: z.literal(false),
  error: z.tuple([z.object({ code: z.number(), message: z.string() })]),
});
const GOOGLE_ERROR = z.object({ error: z.object({ status: z.string(), message: z.string() }) });
const GOOGLE = z.union([GOOGLE_ERROR, z.tuple([GOOGLE_ERROR]).transform(([first]) => first)]);
const ANTHROPIC = z.object({ type: z.literal("error"), error: z.object({ type: z.string(), message: z.string() }) });

export function whoAnswered({ text }: Pick<RawAnswered, "text">): WrittenBy {
  const body = parseJson(text);
  const gateway = GATEWAY.safeParse(body).data?.error[0];
  if (gateway) return { who: "gateway", code: String(gateway.code), message: gateway.message };
  const anthropic = ANTHROPIC.safeParse(body).data?.error;
  if (anthropic) return { who: "anthropic", code: anthropic.type, message: anthropic.message };
  const google = GOOGLE.safeParse(body).data?.error;
  if (google) return { who: "google", code: google.status, message: google.message };
  return { who: "somebody else", code: undefined, message: text };
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
