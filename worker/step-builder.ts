/** Builds the steps of one request, and holds the Google token that its Vertex steps carry. */
import { anthropicStep, betasOf } from "./anthropic.ts";
import type { Chain } from "./chain.ts";
import { drillStep } from "./drill.ts";
import { cachedToken, dropToken, freshToken } from "./google-token.ts";
import type { Method } from "./methods.ts";
import type { RequestBody } from "./request-body.ts";
import type { RequestContext } from "./request-context.ts";
import type { Step } from "./step.ts";
import { type Target, targetName } from "./target.ts";
import { vertexStep } from "./vertex.ts";
import { adaptForVertex, type VertexAdaptation } from "./vertex-capabilities.ts";
import { learnedFor } from "./vertex-repair.ts";

export class StepBuilder {
  readonly #method: Method;
  readonly #body: RequestBody;
  readonly #chain: Chain;
  readonly #drilled: ReadonlySet<string>;
  readonly #context: RequestContext;
  #accessToken: string | undefined;

  constructor(method: Method, body: RequestBody, chain: Chain, drilled: ReadonlySet<string>, context: RequestContext) {
    this.#method = method;
    this.#body = body;
    this.#chain = chain;
    this.#drilled = drilled;
    this.#context = context;
  }

  /** Whether Vertex steps can be built without waiting for Google. */
  isAtHand(): boolean {
    const { settings, keepAlive } = this.#context;
    this.#accessToken = cachedToken(settings.googleCredentials, keepAlive);
    return this.#accessToken !== undefined;
  }

  /** @throws {GoogleTokenError} after 10 s at the latest. */
  async fetch(): Promise<void> {
    const { settings, keepAlive } = this.#context;
    this.#accessToken = await freshToken(settings.googleCredentials, keepAlive);
  }

  dropToken(): void {
    if (this.#accessToken) dropToken(this.#accessToken);
  }

  build(target: Target): Step {
    const step =
      target.kind === "anthropic"
        ? anthropicStep(this.#method, this.#body, this.#context)
        : this.#vertexStep(target.location);
    return this.#drilled.has(targetName(target)) ? drillStep(step) : step;
  }

  /** What a Vertex step leaves out, for `x-failover-omitted`. */
  get omitted(): readonly string[] {
    return this.#adaptation().report;
  }

  #vertexStep(location: string): Step {
    const { model } = this.#chain;
    if (!model || !this.#accessToken) throw new Error("a Vertex step needs a model of the table and a token");
    return vertexStep(location, {
      method: this.#method,
      body: this.#body,
      version: this.#context.request.headers.get("anthropic-version"),
      model,
      adaptation: this.#adaptation(),
      project: this.#context.settings.googleProject,
      accessToken: this.#accessToken,
    });
  }

  /** Made anew for each step: what Vertex refuses may have been learned in between. */
  #adaptation(): VertexAdaptation {
    const learned = learnedFor(this.#chain.model?.vertexId ?? "", this.#method);
    return adaptForVertex(this.#body, betasOf(this.#context.request.headers), this.#method, learned);
  }
}
