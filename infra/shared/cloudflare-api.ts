/**
 * The few questions that the program itself asks Cloudflare, before something is made or where the
 * provider cannot answer. They go around the provider: its own look-ups repeat a failure for three
 * minutes, and one that fails ends the run.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4";
/** An answer takes well under a second; nobody should wait for one that does not come. */
const TIMEOUT_MS = 5_000;

const ERRORS = z.object({ errors: z.array(z.object({ code: z.number(), message: z.string() })) });

export type Answer<Result> =
  | { kind: "found"; result: Result }
  /** There is no such thing. */
  | { kind: "missing" }
  /** Whether there is one is not known; `why` is for the user, without any secret. */
  | { kind: "failed"; why: string };

/**
 * @param path below `/accounts/{account}/`, each part encoded
 * @param shape of the result; another one is an answer that failed
 */
export async function askCloudflare<Result>(
  accountId: string,
  path: string,
  shape: z.ZodType<Result>,
): Promise<Answer<Result>> {
  const token = deployerToken();
  if (!token) return { kind: "failed", why: "no Cloudflare API token: export CLOUDFLARE_API_TOKEN" };
  try {
    const response = await fetch(`${baseUrl()}/accounts/${accountId}/${path}`, {
      headers: { authorization: `Bearer ${token.value}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await read(response, shape);
  } catch (error) {
    return { kind: "failed", why: reason(error) };
  }
}

/** The token that the provider uses. The configuration's goes before the environment's. */
export function deployerToken(): { value: string; isConfigured: boolean } | undefined {
  const configured = new pulumi.Config("cloudflare").get("apiToken");
  const value = configured ?? process.env.CLOUDFLARE_API_TOKEN;
  return value ? { value, isConfigured: configured !== undefined } : undefined;
}

/** The provider's own setting and variable, so that both always call the same host. */
export function baseUrl(): string {
  const configured = new pulumi.Config("cloudflare").get("baseUrl") ?? process.env.CLOUDFLARE_BASE_URL;
  return (configured ?? DEFAULT_BASE_URL).replace(/\/+$/, "");
}

async function read<Result>(response: Response, shape: z.ZodType<Result>): Promise<Answer<Result>> {
  if (response.status === 404) return { kind: "missing" };
  const body: unknown = await response.json().catch(() => undefined);
  const answered = z.object({ success: z.literal(true), result: shape }).safeParse(body);
  if (response.ok && answered.success) return { kind: "found", result: answered.data.result };
  const errors = ERRORS.safeParse(body).data?.errors.map(({ code, message }) => `${code}: ${message}`) ?? [];
  const what = response.ok ? "something unexpected" : String(response.status);
  return { kind: "failed", why: [`Cloudflare answered ${what}`, ...errors].join(": ") };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer from Cloudflare within ${TIMEOUT_MS / 1_000} s`;
  // `fetch` says only that it failed; why is in the cause.
  const cause = error.cause instanceof Error ? error.cause : error;
  return `Cloudflare cannot be reached: ${cause.message || error.message}`;
}
