/**
 * Switches models on in Model Garden. Google asks for a region there, and the main provider has none on purpose: with one every
 * preview asks the Compute API for its regions.
 */
import { Provider } from "@pulumi/gcp/provider.js";
import { AiModelGardenEnableModel } from "@pulumi/gcp/vertex/aiModelGardenEnableModel.js";
import type * as pulumi from "@pulumi/pulumi";
import { findModel } from "../../worker/models.ts";
import type { Options } from "../settings/index.ts";

/** Nothing is undone when the stack goes: Google has no way to. */
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
