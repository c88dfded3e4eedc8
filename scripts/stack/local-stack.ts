/** The stack of a running `npm start` (`--local`). Its local cloud serves what is asked here. */
import { z } from "zod";
import type { ResourceNames } from "../../infra/names.ts";
import { type Parsed, parseSettings } from "../../infra/settings/parse.ts";
import type { Clouds } from "../clouds/clouds.ts";
import { localClouds } from "../clouds/local.ts";
import { Failure } from "../command/failure.ts";
import { namesOf } from "./configuration.ts";
import type { Outputs, Stack, StackResource } from "./stack.ts";

const TIMEOUT_MS = 10_000;
/** An `up` starts workerd anew. */
const UP_TIMEOUT_MS = 60_000;

const DEPLOYED = z.object({
  project: z.string(),
  stack: z.string(),
  /** By bare key. */
  configured: z.record(z.string(), z.unknown()),
  cloudflareToken: z.string(),
  outputs: z
    .object({
      url: z.string(),
      gatewayUrl: z.string(),
      clientTokens: z.record(z.string(), z.string()),
      gatewayToken: z.string(),
    })
    .nullable(),
  resources: z.array(
    z.object({
      type: z.string(),
      name: z.string(),
      id: z.string(),
      createdMs: z.number(),
      inputs: z.record(z.string(), z.unknown()),
    }),
  ),
});

export class LocalStack implements Stack {
  readonly clouds: Clouds;
  readonly title = "npm start";
  readonly #cloudUrl: string;
  readonly #signal: AbortSignal;

  /** @param cloudUrl the local cloud's, such as `http://127.0.0.1:8788` */
  constructor(cloudUrl: string, signal: AbortSignal) {
    this.#cloudUrl = cloudUrl.replace(/\/+$/, "");
    this.#signal = signal;
    this.clouds = localClouds(this.#cloudUrl, async () => (await this.#deployed()).cloudflareToken, signal);
  }

  async project(): Promise<string> {
    return (await this.#deployed()).project;
  }

  async siblings(): Promise<readonly Stack[]> {
    return [this];
  }

  async identity() {
    const { project, stack } = await this.#deployed();
    return { project, stack };
  }

  async names(): Promise<ResourceNames> {
    const deployed = await this.#deployed();
    return namesOf(deployed, deployed.configured);
  }

  async configured(): Promise<Record<string, unknown>> {
    return (await this.#deployed()).configured;
  }

  async settings(): Promise<Parsed> {
    return parseSettings(await this.configured());
  }

  async outputs(): Promise<Outputs | undefined> {
    return (await this.#deployed()).outputs ?? undefined;
  }

  async resources(): Promise<readonly StackResource[]> {
    return (await this.#deployed()).resources;
  }

  async set(key: string, value: unknown): Promise<void> {
    await this.#call("PUT", `/stack/settings/${encodeURIComponent(key)}`, { value });
  }

  async remove(key: string): Promise<void> {
    await this.#call("DELETE", `/stack/settings/${encodeURIComponent(key)}`);
  }

  async up(onLine: (line: string) => void): Promise<void> {
    const { changes } = z
      .object({ changes: z.array(z.string()) })
      .parse(await this.#call("POST", "/stack/up", {}, UP_TIMEOUT_MS));
    for (const change of changes) onLine(change);
  }

  async #deployed(): Promise<z.infer<typeof DEPLOYED>> {
    const found = DEPLOYED.safeParse(await this.#call("GET", "/stack"));
    if (found.success) return found.data;
    throw new Failure("unknown", `${this.#cloudUrl} is not the local cloud of this version`, "npm start");
  }

  async #call(method: string, path: string, body?: object, timeoutMs = TIMEOUT_MS): Promise<unknown> {
    const response = await fetch(`${this.#cloudUrl}${path}`, {
      method,
      // A change ends in order when it is interrupted, as a run of the CLI does.
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(method === "GET" ? [this.#signal] : [])]),
      ...(body ? { body: JSON.stringify(body) } : {}),
    }).catch(() => {
      this.#signal.throwIfAborted();
      return undefined;
    });
    if (!response) throw new Failure("unknown", `nothing answers at ${this.#cloudUrl}`, "npm start");
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer;
    const refused = z.object({ error: z.string() }).safeParse(answer);
    throw new Failure("problem", refused.success ? refused.data.error : `the local cloud answered ${response.status}`);
  }
}
