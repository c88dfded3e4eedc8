/**
 * Look-ups that the program itself sends to Cloudflare's API, without the provider. The provider
 * repeats a failed look-up for three minutes and then ends the run.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const DEFAULT_BASE_URL = "https://api.cloudflare.com/client/v4";
/** Cloudflare answers in less than a second, so a longer wait is useless. */
const TIMEOUT_MS = 5_000;

const ERRORS = z.object({ errors: z.array(z.object({ code: z.number(), message: z.string() })) });

export type Answer<Result> =
  | { kind: "found"; result: Result }
  /** The thing does not exist. */
  | { kind: "missing" }
  /**
   * The look-up failed, so it is unknown whether the thing exists. `why` is a text for the user and
   * contains no secret.
   */
  | { kind: "failed"; why: string };

/**
 * @param path the path below `/accounts/{account}/`, with each part encoded
 * @param shape the schema of the result; a result that does not match it is a failure
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

/**
 * @returns the token that the provider uses: that of the configuration, or else that of the
 * environment
 */
export function deployerToken(): { value: string; isConfigured: boolean } | undefined {
  const configured = new pulumi.Config("cloudflare").get("apiToken");
  const value = configured ?? process.env.CLOUDFLARE_API_TOKEN;
  return value ? { value, isConfigured: configured !== undefined } : undefined;
}

/** Reads the same setting and variable as the provider, so that both call the same host. */
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
  const what = response.ok ? "with an unexpected body" : String(response.status);
  return { kind: "failed", why: [`Cloudflare answered ${what}`, ...errors].join(": ") };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer from Cloudflare within ${TIMEOUT_MS / 1_000} s`;
  // The error of `fetch` says only that it failed. Its cause says why.
  const cause = error.cause instanceof Error ? error.cause : error;
  return `Cloudflare cannot be reached: ${cause.message || error.message}`;
}
