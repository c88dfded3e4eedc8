/**
 * Service Usage: a project's quotas for Claude, by metric. Each metric has one limit, and the limit
 * has a bucket for each base model, in regions for each location. A metric of Vertex that is not
 * about Claude does not exist here. Sources: Google's Service Usage v1beta1 reference
 * (services.consumerQuotaMetrics); public code that reads and overrides these limits.
 */
import { refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { GoogleProject } from "../../state/index.ts";
import { allQuotas, DEFAULT_LIMIT, limitOf, type Quota } from "../../vertex/quota.ts";
import { googleRoute, page } from "./call.ts";

const SERVICE = "aiplatform.googleapis.com";
const PATH = "/v1beta1/projects/:project/services/:service/consumerQuotaMetrics";
const METRICS = Map.groupBy(allQuotas(), ({ metric }) => metric);

export const quotaRoutes = [
  googleRoute("serviceusage.quotas.get", "GET", PATH, ({ project, params, query }) => {
    const metrics = params.service === SERVICE ? [...METRICS.keys()] : [];
    return page(
      "metrics",
      metrics.map((metric) => metricToApi(project, metric)),
      query,
    );
  }),

  googleRoute("serviceusage.quotas.get", "GET", `${PATH}/:metric`, ({ project, params }) => {
    const metric = params.metric.replace(`${SERVICE}/`, "");
    const isKnown = params.service === SERVICE && METRICS.has(metric);
    ensure(isKnown, refusal(404, `Quota metric ${params.metric} was not found.`));
    return metricToApi(project, metric);
  }),
];

function metricToApi(project: GoogleProject, metric: string) {
  const quotas = METRICS.get(metric) ?? [];
  const isRegional = metric.startsWith("online_");
  const full = `${SERVICE}/${metric}`;
  const name = `projects/${project.number}/services/${SERVICE}/consumerQuotaMetrics/${encodeURIComponent(full)}`;
  const limit = {
    name: `${name}/limits/${encodeURIComponent(`/min/base_model/project${isRegional ? "/region" : ""}`)}`,
    unit: `1/min/{project}${isRegional ? "/{region}" : ""}/{base_model}`,
    metric: full,
    quotaBuckets: quotas.map((quota) => bucketToApi(project, quota, isRegional)),
  };
  return { name, metric: full, displayName: metric.replaceAll("_", " "), consumerQuotaLimits: [limit], unit: "1" };
}

/** Numbers of 64 bits are texts in Google's JSON. */
function bucketToApi(project: GoogleProject, quota: Quota, isRegional: boolean) {
  const dimensions = { base_model: quota.baseModel, ...(isRegional ? { region: quota.location } : {}) };
  return { effectiveLimit: String(limitOf(project, quota)), defaultLimit: String(DEFAULT_LIMIT), dimensions };
}
