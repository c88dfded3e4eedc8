/**
 * What the real providers print where an API refuses, or does not answer: Cloudflare's repeats the request and the body, Google's
 * its client library's text. Both as observed; each is printed once here, where they print it twice.
 */
import { STATUS_CODES } from "node:http";
import type { CloudError, Refusal, Request } from "./resource-type.ts";

/** Cloudflare's code for a token that it does not take: found before any request is made, so there is none to repeat. */
const AUTHENTICATION_ERROR = 10_000;

/** @param request that was refused; undefined: it is not known which */
export function providerText({ message, refusal }: CloudError, request: Request | undefined): string {
  if (!refusal) return message;
  switch (refusal.cloud) {
    case "cloudflare":
      return request && refusal.code !== AUTHENTICATION_ERROR ? cloudflareText(refusal, request) : message;
    case "google":
      return googleText(refusal);
  }
}

/** The API answered 403, and nothing has happened. */
export function refusedText(request: Request | undefined): string {
  if (!request) return "the provider failed";
  return isCloudflare(request)
    ? cloudflareText({ status: 403, code: AUTHENTICATION_ERROR, message: "Authentication error" }, request)
    : googleText({ status: 403, message: "The caller does not have permission" });
}

/** The connection was lost before the answer came. */
export function lostText(request: Request | undefined): string {
  if (!request) return "the provider was lost";
  const { method, url } = request;
  return `${method.charAt(0)}${method.slice(1).toLowerCase()} "${url}": EOF`;
}

type CloudflareRefusal = Omit<Extract<Refusal, { cloud: "cloudflare" }>, "cloud">;
type GoogleRefusal = Omit<Extract<Refusal, { cloud: "google" }>, "cloud">;

function cloudflareText({ status, code, message }: CloudflareRefusal, { method, url }: Request): string {
  const body = { success: false, errors: [{ code: code ?? status, message }], messages: [], result: null };
  return `failed to make http request: ${method} "${url}": ${status} ${STATUS_CODES[status]} ${JSON.stringify(body)}`;
}

function googleText({ status, message, details, prefix = "" }: GoogleRefusal): string {
  const more = details ? `\nDetails:\n${JSON.stringify(details, null, 2)}` : "";
  return `${prefix}googleapi: Error ${status}: ${message}${more}`;
}

function isCloudflare({ url }: Request): boolean {
  return new URL(url).hostname === "api.cloudflare.com";
}
