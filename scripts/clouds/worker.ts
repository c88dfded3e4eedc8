/**
 * Asks the stack's Worker as a client does, and reports who answered and how long it took. Nothing
 * is retried: what a client would see is what is measured.
 */
import { createParser } from "eventsource-parser";
import { z } from "zod";
import { redact } from "../command/redact.ts";

export interface Question {
  model: string;
  stream: boolean;
  /** The client's token. */
  token: string;
  maxTokens: number;
  /** What the user says. */
  text: string;
  /** Targets that must fail, by an operator's drill. Default: none. */
  drill?: readonly string[];
  /** Of the whole answer. */
  timeoutMs: number;
}

export interface Attempt {
  /** Such as `anthropic`. */
  target: string;
  /** A status, or a word such as `timeout`, `?` or `open`. */
  result: string;
}

export interface Answered {
  kind: "answered";
  status: number;
  /** Who answered; undefined if nobody did. */
  target: string | undefined;
  attempts: readonly Attempt[];
  /** Why Vertex was not asked. */
  skipped: string | undefined;
  /** Id of the Worker's upload. */
  version: string | undefined;
  /** What `explain` finds the request by. */
  requestId: string | undefined;
  /** Id of the entry in the gateway's log for the call that answered; undefined without one. */
  gatewayLogId: string | undefined;
  /** To the first event of a stream, or the headers of any other answer. */
  firstMs: number;
  totalMs: number;
  usage: { inputTokens: number; outputTokens: number };
  /** A whole message, not an error and not a stream that was cut. */
  isComplete: boolean;
  /** The error's message; undefined if there is none. */
  error: string | undefined;
}

export type WorkerAnswer = Answered | { kind: "unreachable"; why: string; totalMs: number };

const USAGE = z.object({ input_tokens: z.number().default(0), output_tokens: z.number().default(0) });
const MESSAGE = z.object({ type: z.literal("message"), stop_reason: z.string(), usage: USAGE });
const ERROR = z.object({ error: z.object({ message: z.string() }) });
const EVENT = z.object({
  type: z.string(),
  message: z.object({ usage: USAGE }).optional(),
  usage: USAGE.partial().optional(),
  error: z.object({ message: z.string() }).optional(),
});

/** @param url the Worker's base URL */
export async function ask(url: string, question: Question, signal: AbortSignal): Promise<WorkerAnswer> {
  const startedMs = performance.now();
  const elapsedMs = () => performance.now() - startedMs;
  const { model, stream, token, maxTokens, text, drill = [], timeoutMs } = question;
  try {
    const response = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": token,
        ...(drill.length > 0 ? { "x-failover-drill": drill.join(",") } : {}),
      },
      body: JSON.stringify({ model, max_tokens: maxTokens, stream, messages: [{ role: "user", content: text }] }),
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]),
    });
    const headersMs = elapsedMs();
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
    const read = isStream ? await readStream(response, elapsedMs) : readJson(await response.text(), headersMs);
    const header = (name: string) => response.headers.get(name) ?? undefined;
    return {
      kind: "answered",
      status: response.status,
      target: header("x-failover-target"),
      attempts: parseAttempts(header("x-failover-attempts")),
      skipped: header("x-failover-skipped"),
      version: header("x-failover-version"),
      requestId: header("request-id"),
      gatewayLogId: header("cf-aig-log-id"),
      totalMs: elapsedMs(),
      ...read,
      isComplete: response.ok && read.isComplete,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: "unreachable", why: reason(error, timeoutMs), totalMs: elapsedMs() };
  }
}

/** @param header such as `anthropic=529;vertex/us-east5=200` */
export function parseAttempts(header = ""): Attempt[] {
  return header.split(";").flatMap((part) => {
    const [target, result] = part.trim().split("=");
    return target && result ? [{ target, result }] : [];
  });
}

type Read = Pick<Answered, "firstMs" | "usage" | "isComplete" | "error">;

function readJson(text: string, firstMs: number): Read {
  const body = parse(text);
  const message = MESSAGE.safeParse(body).data;
  return {
    firstMs,
    usage: toUsage(message?.usage),
    isComplete: message !== undefined,
    error: ERROR.safeParse(body).data?.error.message,
  };
}

async function readStream(response: Response, elapsedMs: () => number): Promise<Read> {
  let firstMs: number | undefined;
  let [inputTokens, outputTokens] = [0, 0];
  let isComplete = false;
  let error: string | undefined;
  const parser = createParser({
    onEvent: ({ data }) => {
      firstMs ??= elapsedMs();
      const event = EVENT.safeParse(parse(data)).data;
      inputTokens = event?.message?.usage.input_tokens ?? inputTokens;
      outputTokens = event?.usage?.output_tokens ?? outputTokens;
      if (event?.type === "message_stop") isComplete = true;
      if (event?.type === "error") error = event.error?.message ?? "an error event";
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  return { firstMs: firstMs ?? elapsedMs(), usage: { inputTokens, outputTokens }, isComplete, error };
}

function toUsage(usage?: z.infer<typeof USAGE>): Answered["usage"] {
  return { inputTokens: usage?.input_tokens ?? 0, outputTokens: usage?.output_tokens ?? 0 };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reason(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return "the Worker cannot be reached";
  if (error.name === "TimeoutError") return `the Worker did not answer within ${timeoutMs / 1_000} s`;
  const cause = error.cause instanceof Error ? error.cause : error;
  return redact(`the Worker cannot be reached: ${cause.message.split("\n")[0]}`);
}
