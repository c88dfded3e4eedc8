/**
 * Plans the chain of targets for a request: each provider's targets that can serve it, in the order
 * of the option `chain`. By default this is Anthropic, then the same model in each configured Vertex
 * location that serves it. If a provider has no target, the plan contains the reason.
 */

import { type AnthropicHeaders, betasOf, versionOf } from "../anthropic-headers.ts";
import type { Settings } from "../bindings.ts";
import type { Endpoint } from "../endpoints.ts";
import { findModel, type Model } from "../models.ts";
import type { RequestBody } from "../request/body.ts";
import { fitForBedrock } from "./bedrock-fit.ts";
import { type Form, fitFor } from "./fit.ts";
import { ANTHROPIC, type Provider, type Target } from "./target.ts";
import { VERTEX } from "./vertex-capabilities.ts";

/** The providers other than Anthropic itself. */
export type Platform = Exclude<Provider, "anthropic">;

export interface Chain {
  /** Undefined if the model is not in the table. Then only Anthropic is asked. */
  model: Model | undefined;
  targets: readonly Target[];
  /** The form of the request for each platform with a target. */
  forms: Readonly<Partial<Record<Platform, Form>>>;
  /** Why a platform has no target: a word for the `x-failover-skipped` header. */
  skipped: Readonly<Partial<Record<Platform, string>>>;
}

type Planned = { ok: true; form: Form; targets: readonly Target[] } | { ok: false; reason: string };

export function planChain(endpoint: Endpoint, body: RequestBody, headers: AnthropicHeaders, settings: Settings): Chain {
  const { chain, models } = settings.options;
  const model = findModel(body.model, models);
  const forms: Partial<Record<Platform, Form>> = {};
  const skipped: Partial<Record<Platform, string>> = {};
  const targets = chain.flatMap((provider): readonly Target[] => {
    if (provider === "anthropic") return [ANTHROPIC];
    const planned: Planned = model
      ? PLANS[provider]({ endpoint, body, headers, settings, model })
      : { ok: false, reason: "unknown_model" };
    if (planned.ok) forms[provider] = planned.form;
    else skipped[provider] = planned.reason;
    return planned.ok ? planned.targets : [];
  });
  return { model, targets, forms, skipped };
}

interface Planning {
  endpoint: Endpoint;
  body: RequestBody;
  headers: AnthropicHeaders;
  settings: Settings;
  model: Model;
}

const PLANS: Readonly<Record<Platform, (planning: Planning) => Planned>> = { vertex: planVertex, bedrock: planBedrock };

function planVertex({ endpoint, body, headers, settings, model }: Planning): Planned {
  if (!model.vertexId) return { ok: false, reason: "model_not_on_vertex" };
  const locations = settings.vertexLocations.filter((location) =>
    // If an endpoint has its own locations, it serves every model there.
    (endpoint.locations ?? model.locations).includes(location),
  );
  if (locations.length === 0) {
    return { ok: false, reason: endpoint.locations ? `${endpoint.name}_not_in_locations` : "model_not_in_locations" };
  }
  const fitted = fitFor(VERTEX, body, versionOf(headers), betasOf(headers), endpoint);
  return fitted.ok ? { ...fitted, targets: locations.map((location) => ({ kind: "vertex", location })) } : fitted;
}

function planBedrock({ endpoint, body, headers, settings, model }: Planning): Planned {
  const { bedrock } = settings.options;
  if (!bedrock) return { ok: false, reason: "off" }; // `isOptions` allows no such chain
  const fitted = fitForBedrock(model, body, versionOf(headers), betasOf(headers), endpoint);
  return fitted.ok ? { ...fitted, targets: [{ kind: "bedrock", region: bedrock.region }] } : fitted;
}

/**
 * @returns the reasons as one text. With one platform it is the bare reason. With more than one,
 * each reason has its platform's name, as in `bedrock=model_not_on_bedrock`.
 */
export function skippedText(skipped: Chain["skipped"], platforms: number): string | undefined {
  const texts = Object.entries(skipped).map(([platform, reason]) => (platforms > 1 ? `${platform}=${reason}` : reason));
  return texts.length > 0 ? texts.join(";") : undefined;
}

/**
 * @returns an id from the table, or `unknown`, so that callers cannot add keys to the maps of an
 * isolate
 */
export function modelKey({ model }: Chain): string {
  return model?.id ?? "unknown";
}
