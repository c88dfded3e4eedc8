/**
 * Builds and sends the steps of one request. It keeps the Google token for the Vertex steps, and
 * the list of members that these steps leave out.
 */

import { betasOf, choosesAccount } from "../anthropic-headers.ts";
import type { RequestContext } from "../context.ts";
import type { Endpoint } from "../endpoints.ts";
import type { Failure } from "../errors.ts";
import type { StepSender } from "../failover/run.ts";
import type { RequestBody } from "../request/body.ts";
import type { Uploads } from "../request/uploads.ts";
import { send } from "../send.ts";
import { anthropicStep } from "./anthropic.ts";
import type { Chain } from "./chain.ts";
import { drillStep } from "./drill.ts";
import type { Step } from "./step.ts";
import { type Target, targetName } from "./target.ts";
import { vertexStep } from "./vertex.ts";
import { dispensableMember, refusedByVertex, type VertexForm } from "./vertex-fit.ts";

export interface StepPlan {
  endpoint: Endpoint;
  body: RequestBody;
  chain: Chain;
  /** Names of targets that must refuse their steps for a drill. */
  drilled: ReadonlySet<string>;
  /** How long the gateway gives each step, in milliseconds. */
  targetMs: number;
  uploads: Uploads;
  /** The session that Vertex gets; undefined if there is none. */
  vertexSession?: string | undefined;
}

export class StepBuilder implements StepSender {
  readonly #plan: StepPlan;
  readonly #context: RequestContext;
  #form: VertexForm | undefined;
  #accessToken: string | undefined;
  #unsupported: string | undefined;

  constructor(plan: StepPlan, context: RequestContext) {
    this.#plan = plan;
    this.#context = context;
    this.#form = plan.chain.vertexForm;
  }

  hasToken(): boolean {
    this.#accessToken = this.#context.isolate.googleToken.cached(this.#context.keepAlive);
    return this.#accessToken !== undefined;
  }

  async fetchToken(deadlineMs: number): Promise<void> {
    this.#accessToken = await this.#context.isolate.googleToken.fresh(this.#context.keepAlive, deadlineMs);
  }

  send(targets: readonly Target[], signal: AbortSignal): Promise<Response> {
    const { targetMs, uploads } = this.#plan;
    const steps = targets.map((target) => this.#build(target));
    return send(this.#context, steps, { targetMs, uploads, signal });
  }

  repair(target: Target, failure: Failure): boolean {
    const { anthropicHeaders, secrets } = this.#context;
    if (this.#plan.drilled.has(targetName(target))) return false;
    if (target.kind === "anthropic") {
      const isOurs = failure.status === 401 && !choosesAccount(anthropicHeaders, this.#plan.body);
      return isOurs && secrets.anthropicRefused();
    }
    if (refusesToken(failure)) this.#context.isolate.googleToken.drop(this.#accessToken);
    const member = dispensableMember(messageOf(failure), this.#plan.body);
    if (member === undefined || !this.#form) return false;
    this.#form = {
      ...this.#form,
      omittedMembers: new Set([...this.#form.omittedMembers, member]),
      report: [...this.#form.report, member],
    };
    return true;
  }

  isUnsupported(target: Target, failure: Failure): boolean {
    if (target.kind !== "vertex") return false;
    const betas = betasOf(this.#context.anthropicHeaders);
    const refused = refusedByVertex(messageOf(failure), this.#plan.body, betas);
    this.#unsupported ??= refused;
    return refused !== undefined;
  }

  otherRunToken(): boolean {
    return this.#context.secrets.gatewayRefused();
  }

  /** For `x-failover-skipped`: why Vertex was not asked, or why it did not support the request. */
  get skipped(): string | undefined {
    return this.#plan.chain.skipped ?? this.#unsupported;
  }

  /** For `x-failover-omitted`: the members and betas that a Vertex step leaves out. */
  get omitted(): readonly string[] {
    return this.#form?.report ?? [];
  }

  #build(target: Target): Step {
    const step = this.#stepOf(target);
    return this.#plan.drilled.has(targetName(target)) ? drillStep(step) : step;
  }

  #stepOf(target: Target): Step {
    const { endpoint, body } = this.#plan;
    switch (target.kind) {
      case "anthropic":
        return anthropicStep(endpoint, body, this.#context);
      case "vertex":
        return this.#vertexStep(target.location);
    }
  }

  #vertexStep(location: string): Step {
    const { endpoint, body, chain, vertexSession } = this.#plan;
    if (!chain.model || !this.#form || !this.#accessToken) throw new Error("a Vertex step needs a model and a token");
    return vertexStep(location, {
      endpoint,
      body,
      model: chain.model,
      form: this.#form,
      project: this.#context.isolate.settings.googleProject,
      accessToken: this.#accessToken,
      session: vertexSession,
    });
  }
}

/**
 * @returns whether Google has refused the token. Then the status is 401 or, through the Universal
 * Endpoint, a 500 that is not in the form of Anthropic's errors.
 */
function refusesToken({ label, body }: Failure): boolean {
  return label === "401" || (label === "500" && body.kind === "own");
}

/** @returns the message of a 400 in the form of Anthropic's errors; "" for any other failure */
function messageOf({ status, body }: Failure): string {
  if (status !== 400 || body.kind !== "provider") return "";
  const { error } = JSON.parse(body.text) as { error: { message?: unknown } }; // `classify` has checked this
  return String(error.message);
}
