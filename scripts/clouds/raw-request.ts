/**
 * One HTTP request whose answer is looked at as it comes: status, headers, bytes and times. For
 * experiments about the clouds themselves; everything else uses the typed clients. Nothing is sent
 * twice.
 */
import { redact } from "../command/redact.ts";

export interface RawRequest {
  url: string;
  method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. A text is sent as it is. */
  body?: string | object;
}

export interface RawAnswered {
  kind: "answered";
  status: number;
  headers: Headers;
  text: string;
  /** To the first byte of the body, or the end if there is none. */
  firstMs: number;
  totalMs: number;
}

export type RawAnswer = RawAnswered | { kind: "unreachable"; why: string };

export async function rawRequest(
  { url, method = "POST", headers = {}, body }: RawRequest,
  signal: AbortSignal,
): Promise<RawAnswer> {
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  try {
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      signal,
    });
    let firstMs: number | undefined;
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      firstMs ??= elapsedMs();
      text += decoder.decode(chunk, { stream: true });
    }
    const totalMs = elapsedMs();
    return {
      kind: "answered",
      status: response.status,
      headers: response.headers,
      text,
      firstMs: firstMs ?? totalMs,
      totalMs,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: "unreachable", why: reason(error) };
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  const cause = error.cause instanceof Error ? error.cause : error;
  return redact(`no answer: ${cause.message.split("\n")[0]}`);
}
