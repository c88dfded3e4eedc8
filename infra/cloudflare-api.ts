/**
 * The few questions that the program itself asks Cloudflare, before something is made or where the
 * provider cannot answer. They go around the provider: its own look-ups repeat a failure for three
 * minutes, and one that fails ends the run.
 */
import * as pulumi from "@pulumi/pulumi";

const DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4";
/** An answer takes well under a second; nobody should wait for one that does not come. */
const TIMEOUT_MS = 5_000;

export type Answer =
  | { kind: "found"; result: unknown }
  /** There is no such thing. */
  | { kind: "missing" }
  /** Whether there is one is not known. @param why for the user, without any secret */
  | { kind: "failed"; why: string };

/** @param path below `/accounts/{account}/`, each part encoded */
export async function askCloudflare(accountId: string, path: string): Promise<Answer> {
  const token = new pulumi.Config("cloudflare").get("apiToken") ?? process.env.CLOUDFLARE_API_TOKEN;
  if (!token) return { kind: "failed", why: "no Cloudflare API token: export CLOUDFLARE_API_TOKEN" };
  try {
    const response = await fetch(`${baseUrl()}/accounts/${accountId}/${path}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await read(response);
  } catch (error) {
    return { kind: "failed", why: reason(error) };
  }
}

/** The provider's own setting and variable, so that both always call the same host. */
export function baseUrl(): string {
  const configured = new pulumi.Config("cloudflare").get("baseUrl") ?? process.env.CLOUDFLARE_BASE_URL;
  return (configured ?? DEFAULT_BASE_URL).replace(/\/+$/, "");
}

async function read(response: Response): Promise<Answer> {
  if (response.status === 404) return { kind: "missing" };
  const body = await response.json().catch(() => undefined);
  if (response.ok && isEnvelope(body) && body.success) return { kind: "found", result: body.result };
  const errors = isEnvelope(body) ? body.errors.map(({ code, message }) => `${code}: ${message}`) : [];
  return { kind: "failed", why: [`Cloudflare answered ${response.status}`, ...errors].join(": ") };
}

interface Envelope {
  success: boolean;
  errors: readonly { code: number; message: string }[];
  result: unknown;
}

function isEnvelope(body: unknown): body is Envelope {
  return (
    typeof body === "object" && body !== null && "success" in body && "errors" in body && Array.isArray(body.errors)
  );
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer from Cloudflare within ${TIMEOUT_MS / 1_000} s`;
  // `fetch` says only that it failed; why is in the cause.
  const cause = error.cause instanceof Error ? error.cause : error;
  return `Cloudflare cannot be reached: ${cause.message || error.message}`;
}
