/**
 * What an experiment may use: the two control planes, the gateway and the providers without the
 * Worker, and the Worker. Credentials are read once, before the first experiment, so that clearing
 * up works after Ctrl-C too.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { vertexHost } from "../../worker/targets/vertex-host.ts";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import type { Clouds } from "../clouds/clouds.ts";
import { GatewayCalls, type GatewayStep } from "../clouds/gateway-calls.ts";
import type { GoogleApi } from "../clouds/google.ts";
import { type RawAnswer, type RawRequest, rawRequest } from "../clouds/raw-request.ts";
import type { PaddedProbe } from "./padded-answer.ts";
import type { Plan } from "./plan.ts";
import { Temporaries } from "./temporaries.ts";

export interface LabAccess {
  plan: Plan;
  clouds: Clouds;
  cloudflareToken: string;
  /** Undefined if no chosen experiment needs them. */
  googleHeaders: Readonly<Record<string, string>> | undefined;
  gatewayToken: string;
  /** The Worker and the token of a client, or why it cannot be asked. */
  worker: WorkerAccess;
}

export type WorkerAccess =
  | {
      kind: "known";
      url: string;
      token: string;
      /** Of a client that may make targets fail; undefined: there is none. */
      operatorToken: string | undefined;
    }
  | { kind: "unknown"; why: string };

/** What several points need, and is done once. */
interface Shared {
  padded?: Promise<PaddedProbe>;
}

const ANTHROPIC_VERSION = "2023-06-01";
const VERTEX_VERSION = "vertex-2023-10-16";

export const QUESTION = { messages: [{ role: "user", content: "Hi" }] } as const;

export class Lab {
  readonly plan: Plan;
  readonly worker: WorkerAccess;
  readonly signal: AbortSignal;
  readonly cloudflare: CloudflareApi;
  readonly gateway: GatewayCalls;
  readonly temporaries = new Temporaries<Lab>();
  readonly shared: Shared;
  readonly #access: LabAccess;

  constructor(access: LabAccess, signal: AbortSignal, shared: Shared = {}) {
    this.shared = shared;
    const { plan, clouds, worker, cloudflareToken, gatewayToken } = access;
    this.#access = access;
    this.plan = plan;
    this.worker = worker;
    this.signal = signal;
    this.cloudflare = clouds.cloudflare.withToken(cloudflareToken).withSignal(signal);
    const url = `${clouds.urlOf("gateway.ai.cloudflare.com")}/v1/${plan.account}`;
    this.gateway = new GatewayCalls({ url, token: gatewayToken, signal });
  }

  get google(): GoogleApi {
    return this.#access.clouds.google.withCredentials(this.googleHeaders, this.signal);
  }

  get googleHeaders(): Readonly<Record<string, string>> {
    const { googleHeaders } = this.#access;
    if (!googleHeaders) throw new Error("an experiment with Google does not say so");
    return googleHeaders;
  }

  /** Headers of a call to Anthropic with the stack's key. */
  get anthropicHeaders() {
    return { "x-api-key": this.plan.settings.anthropicApiKey, "anthropic-version": ANTHROPIC_VERSION };
  }

  /** Asks a host without the gateway and without the Worker. */
  direct(host: string, path: string, request: Omit<RawRequest, "url"> = {}): Promise<RawAnswer> {
    return rawRequest({ ...request, url: `${this.#access.clouds.urlOf(host)}/${path}` }, this.signal);
  }

  anthropic(path: string, request: Omit<RawRequest, "url"> = {}): Promise<RawAnswer> {
    const headers = { ...this.anthropicHeaders, ...request.headers };
    return this.direct("api.anthropic.com", path, { ...request, headers });
  }

  /** Asks Vertex with the caller's credentials. @param method such as `claude-opus-5:rawPredict` */
  vertex(location: string, method: string, body: object | string, headers: Readonly<Record<string, string>> = {}) {
    const all = { ...this.googleHeaders, ...headers };
    return this.direct(vertexHost(location), vertexPath(this.plan, location, method), { headers: all, body });
  }

  /** A step that counts the tokens of a short question, which costs nothing. */
  countStep(more: { headers?: Readonly<Record<string, string>>; query?: string } = {}): GatewayStep {
    const { query = JSON.stringify({ model: this.plan.anthropicModel, ...QUESTION }), headers = {} } = more;
    const all = { ...this.anthropicHeaders, "content-type": "application/json", ...headers };
    return { provider: "anthropic", endpoint: "v1/messages/count_tokens", headers: all, query };
  }

  vertexStep(location: string, method: string, body: object): GatewayStep {
    const headers = { ...this.googleHeaders, "content-type": "application/json" };
    const endpoint = vertexPath(this.plan, location, method);
    return { provider: "google-vertex-ai", endpoint, headers, query: JSON.stringify(body) };
  }

  /** @throws when the signal is aborted */
  async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal });
  }

  /** The same, for one experiment or for clearing up: another signal, and nothing made yet. */
  withSignal(signal: AbortSignal): Lab {
    return new Lab(this.#access, signal, this.shared);
  }
}

/** A body for Vertex. */
export function vertexBody(maxTokens: number, more: object = {}) {
  return { anthropic_version: VERTEX_VERSION, max_tokens: maxTokens, ...QUESTION, ...more };
}

function vertexPath({ settings: { googleProject } }: Plan, location: string, method: string): string {
  return `v1/projects/${googleProject}/locations/${location}/publishers/anthropic/models/${method}`;
}
