/**
 * The error texts of the real providers when an API refuses a request or does not answer.
 * Cloudflare's provider prints the request and the body; Google's prints its client library's text.
 * Both are as observed, but printed once here and not twice.
 */
import { STATUS_CODES } from "node:http";
import type { CloudError, Refusal, Request } from "./resource-type.ts";

/**
 * Cloudflare's code for a token that it refuses. Its provider finds this before any request, so the
 * text has no request.
 */
const AUTHENTICATION_ERROR = 10_000;

/** @param request the refused request; undefined if it is not known */
export function providerText({ message, refusal }: CloudError, request: Request | undefined): string {
  if (!refusal) return message;
  switch (refusal.cloud) {
    case "cloudflare":
      return request && refusal.code !== AUTHENTICATION_ERROR ? cloudflareText(refusal, request) : message;
    case "google":
      return googleText(refusal);
  }
}

/** The text when the API answered 403 and changed nothing. */
export function refusedText(request: Request | undefined): string {
  if (!request) return "the provider failed";
  return isCloudflare(request)
    ? cloudflareText({ status: 403, code: AUTHENTICATION_ERROR, message: "Authentication error" }, request)
    : googleText({ status: 403, message: "The caller does not have permission" });
}

/** The text when the connection was lost before the answer. */
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
