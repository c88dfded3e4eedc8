/**
 * Enables models in Model Garden. This needs a provider with a region. The main provider has no
 * region, because with one every preview would ask the Compute API for its regions.
 */
import { Provider } from "@pulumi/gcp/provider.js";
import { AiModelGardenEnableModel } from "@pulumi/gcp/vertex/aiModelGardenEnableModel.js";
import type * as pulumi from "@pulumi/pulumi";
import { findModel } from "../../worker/models.ts";
import type { Options } from "../settings/index.ts";

/** Models stay enabled when the stack is destroyed: Google's API cannot disable them. */
export function enableModels(
  name: string,
  { models, region }: NonNullable<Options["modelGarden"]>,
  project: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  const provider = new Provider(`${name}-model-garden`, { project, region }, opts);
  for (const model of models) {
    const vertexId = findModel(model, {})?.vertexId ?? model;
    const publisherModelName = `publishers/anthropic/models/${vertexId}`;
    new AiModelGardenEnableModel(`${name}-${model}`, { project, publisherModelName }, { ...opts, provider });
  }
}
