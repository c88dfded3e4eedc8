/**
 * Why a project may not use a model that Google serves: no billing, terms that nobody accepted in
 * Model Garden, or a quota of 0. Predictions are not counted, so any other quota is enough. Sources:
 * Google's error BILLING_DISABLED; docs.cloud.google.com "Use partner models" and public reports of
 * a 404 before a model is enabled (others report a 403); captures of 429s with a quota of 0.
 */
import { servedByVertex } from "../claude/models.ts";
import type { GoogleProject } from "../state/index.ts";
import { limitOf, quotaOf } from "./quota.ts";

export interface ProjectRefusal {
  code: number;
  /** Undefined: the usual text for the code. */
  text?: string;
}

export function refusedWithoutBilling({ number, billingAccount }: GoogleProject): ProjectRefusal | undefined {
  if (billingAccount !== "") return undefined;
  const text =
    "This API method requires billing to be enabled. Please enable billing on project " +
    `#${number} by visiting https://console.developers.google.com/billing/enable?project=${number} then retry. ` +
    "If you enabled billing for this project recently, wait a few minutes for the action to propagate to our " +
    "systems and retry.";
  return { code: 403, text };
}

/** @param vertexId a model that Google serves in the location on that day */
export function refusedForModel(
  project: GoogleProject,
  vertexId: string,
  location: string,
  day: string,
): ProjectRefusal | undefined {
  if (project.modelsWithoutTerms.has(vertexId)) return { code: 404 };
  const model = servedByVertex(vertexId, location, day);
  const quota = model && quotaOf(model, location);
  if (!quota || limitOf(project, quota) > 0) return undefined;
  const text =
    `Quota exceeded for aiplatform.googleapis.com/${quota.metric} with base model: ${quota.baseModel}. ` +
    "Please submit a quota increase request.";
  return { code: 429, text };
}
