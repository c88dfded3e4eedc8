/**
 * The one way to call a cloud's API: JSON, a time limit, and reads that are repeated when they
 * fail. An answer is a value, a refusal, or nothing; a command decides what each means. No answer
 * is thrown, and no text of an answer is shown unless `explain` has picked it.
 */
import ky, { HTTPError, type Options as KyOptions } from "ky";
import type { z } from "zod";
import { Failure } from "../command/failure.ts";
import { redact } from "../command/redact.ts";

/** Of one attempt. A cloud's control plane answers well within it. */
const TIMEOUT_MS = 10_000;
const TOTAL_TIMEOUT_MS = 20_000;
const RETRIES = 2;
/** A cloud that asks for a longer wait is reported as it is. */
const MAX_RETRY_AFTER_MS = 3_000;

export interface Refusal {
  kind: "refused";
  status: number;
  /** One line of the cloud's error, without secrets. */
  message: string;
  /** The cloud's own code or name of the error, such as `10000` or `PERMISSION_DENIED`. */
  code: string | undefined;
}

export type Answer<Value> =
  | { kind: "ok"; value: Value; headers: Headers }
  | Refusal
  /** No answer, or one that is not what the API documents. `why` has no secret. */
  | { kind: "unreachable"; why: string };

export interface ApiOptions {
  /** For messages: `Cloudflare`. */
  service: string;
  /** Without a slash at its end. */
  baseUrl: string;
  /** Credentials. They are asked for at each call. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** Reads the error of a response body. */
  explain(body: unknown): { message: string; code?: string } | undefined;
  signal: AbortSignal;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export class ApiClient {
  readonly service: string;
  readonly #options: ApiOptions;

  constructor(options: ApiOptions) {
    this.service = options.service;
    this.#options = options;
  }

  get<Value>(path: string, shape: z.ZodType<Value>, query: Query = {}): Promise<Answer<Value>> {
    return this.#call("get", path, shape, { searchParams: { ...query } }, RETRIES);
  }

  /** A POST that changes nothing, so it is repeated like a GET. */
  query<Value>(path: string, body: object, shape: z.ZodType<Value>): Promise<Answer<Value>> {
    return this.#call("post", path, shape, { json: body }, RETRIES);
  }

  /** A request that changes something or costs money. It is sent once. A form is sent as its parts. */
  send<Value>(
    method: "post" | "put" | "patch" | "delete",
    path: string,
    shape: z.ZodType<Value>,
    { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
  ): Promise<Answer<Value>> {
    const content = body instanceof FormData ? { body } : body ? { json: body } : {};
    return this.#call(method, path, shape, { ...content, headers }, 0);
  }

  async #call<Value>(
    method: "get" | "post" | "put" | "patch" | "delete",
    path: string,
    shape: z.ZodType<Value>,
    options: KyOptions & { headers?: Record<string, string> },
    retries: number,
  ): Promise<Answer<Value>> {
    const { service, baseUrl, headers, explain, signal } = this.#options;
    try {
      const response = await ky(`${baseUrl}/${path.replace(/^\/+/, "")}`, {
        ...options,
        method,
        headers: { ...(await headers()), ...options.headers },
        timeout: TIMEOUT_MS,
        totalTimeout: TOTAL_TIMEOUT_MS,
        retry: { limit: retries, methods: [method], maxRetryAfter: MAX_RETRY_AFTER_MS, jitter: true },
        signal,
      });
      const text = await response.text();
      const parsed = shape.safeParse(text === "" ? undefined : parse(text));
      if (parsed.success) return { kind: "ok", value: parsed.data, headers: response.headers };
      return { kind: "unreachable", why: `${service} answered ${response.status} with something unexpected` };
    } catch (error) {
      if (signal.aborted || error instanceof Failure) throw error;
      if (!(error instanceof HTTPError)) return { kind: "unreachable", why: `${service} ${reason(error)}` };
      const { status } = error.response;
      const { message = `status ${status}`, code } = explain(error.data) ?? {};
      return { kind: "refused", status, message: redact(message.split("\n")[0] ?? ""), code };
    }
  }
}

/** @throws {Failure} unless there is a value */
export function requireValue<Value>(answer: Answer<Value>, what: string): Value {
  switch (answer.kind) {
    case "ok":
      return answer.value;
    case "refused":
      throw new Failure("unknown", `${what} cannot be read: ${describeRefusal(answer)}`);
    case "unreachable":
      throw new Failure("unknown", `${what} cannot be read: ${answer.why}`);
  }
}

export function describeRefusal({ status, message, code }: Refusal): string {
  return [status, ...(code === undefined ? [] : [code]), message].join(" ");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return "cannot be reached";
  if (error.name === "TimeoutError") return `did not answer within ${TIMEOUT_MS / 1_000} s`;
  const cause = error.cause instanceof Error ? error.cause : error;
  const { cause: deeper } = cause;
  const { message } = deeper instanceof Error ? deeper : cause;
  return redact(`cannot be reached: ${message.split("\n")[0]}`);
}
