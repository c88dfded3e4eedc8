/**
 * Builds and sends the steps of one request. It keeps the Google token for the Vertex steps, and
 * for each platform the list of members that its steps leave out.
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
import { bedrockStep } from "./bedrock.ts";
import { type Chain, type Platform, skippedText } from "./chain.ts";
import { drillStep } from "./drill.ts";
import { dispensableMember, type Form, refusedPart } from "./fit.ts";
import type { Step } from "./step.ts";
import { type Provider, type Target, targetName } from "./target.ts";
import { vertexStep } from "./vertex.ts";

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
  /** Changed by a repair. */
  readonly #forms: Partial<Record<Platform, Form>>;
  #accessToken: string | undefined;
  /** What a platform has refused of this request. */
  readonly #unsupported: Partial<Record<Platform, string>> = {};

  constructor(plan: StepPlan, context: RequestContext) {
    this.#plan = plan;
    this.#context = context;
    this.#forms = { ...plan.chain.forms };
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
    if (target.kind === "bedrock" && (failure.status === 401 || failure.status === 403)) {
      return secrets.bedrockRefused();
    }
    if (target.kind === "vertex" && refusesToken(failure)) {
      this.#context.isolate.googleToken.drop(this.#accessToken);
    }
    const member = dispensableMember(messageOf(failure), this.#plan.body);
    const form = this.#forms[target.kind];
    if (member === undefined || !form) return false;
    this.#forms[target.kind] = {
      ...form,
      omittedMembers: new Set([...form.omittedMembers, member]),
      report: [...form.report, member],
    };
    return true;
  }

  isUnsupported({ kind }: Target, failure: Failure): boolean {
    if (kind === "anthropic") return false;
    const betas = betasOf(this.#context.anthropicHeaders);
    const refused = refusedPart(messageOf(failure), this.#plan.body, betas);
    if (refused !== undefined) this.#unsupported[kind] ??= refused;
    return refused !== undefined;
  }

  otherRunToken(): boolean {
    return this.#context.secrets.gatewayRefused();
  }

  /**
   * For `x-failover-skipped`: why a platform was not asked, or why it did not support the request.
   *
   * @param served who answered. Its reason is left out, because it may come from an earlier location
   * that refused the request.
   */
  skipped(served?: Provider): string | undefined {
    const { chain } = this.#plan;
    const reasons = { ...this.#unsupported, ...chain.skipped };
    if (served !== undefined && served !== "anthropic") delete reasons[served];
    return skippedText(reasons, this.#context.isolate.settings.options.chain.length - 1);
  }

  /** For `x-failover-omitted`: the members and betas that the steps of a provider leave out. */
  omitted(served: Provider): readonly string[] {
    return served === "anthropic" ? [] : (this.#forms[served]?.report ?? []);
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
      case "bedrock":
        return bedrockStep(target.region, {
          ...this.#callOf("bedrock"),
          apiKey: this.#context.secrets.bedrockApiKey,
        });
    }
  }

  #vertexStep(location: string): Step {
    if (!this.#accessToken) throw new Error("a Vertex step needs a token");
    return vertexStep(location, {
      ...this.#callOf("vertex"),
      project: this.#context.isolate.settings.googleProject,
      accessToken: this.#accessToken,
      session: this.#plan.vertexSession,
    });
  }

  /** What the steps of all platforms need. */
  #callOf(platform: Platform) {
    const { endpoint, body, chain } = this.#plan;
    const form = this.#forms[platform];
    if (!chain.model || !form) throw new Error(`a step of ${platform} needs a model and a form`);
    return { endpoint, body, model: chain.model, form };
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
