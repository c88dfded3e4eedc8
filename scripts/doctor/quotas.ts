/**
 * Google's quota for each model in use, in each location. New projects often start with 0, and then
 * Vertex refuses every request with 429. In a region the quota is of one model; on `global`, `us` and
 * `eu` newer models share the quota of their line. Source:
 * docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/claude/quotas.
 */
import { z } from "zod";
import type { GoogleApi } from "../clouds/google.ts";
import { type Found, fine, isProblem, lines, note, problem, unanswered } from "./found.ts";
import type { InUse } from "./models-in-use.ts";
import type { Subject } from "./subject.ts";

const METRIC = z.object({
  metric: z.string(),
  consumerQuotaLimits: z
    .array(
      z.object({
        quotaBuckets: z
          .array(
            z.object({
              effectiveLimit: z.string().default("0"),
              dimensions: z.record(z.string(), z.string()).default({}),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

const SERVICE = "aiplatform.googleapis.com";
const REQUESTS = "online_prediction_requests_per_base_model";
const PREFIXES: Readonly<Record<string, string>> = {
  global: "global_",
  us: "us_multi_region_",
  eu: "eu_multi_region_",
};

type Served = InUse["served"][number];

/** @returns the models and locations that have a quota, or whose quota is not known */
export async function quotas(
  api: GoogleApi,
  { settings: { googleProject } }: Subject,
  { served }: InUse,
): Promise<Found<Served[]>> {
  const path = `v1beta1/projects/${googleProject}/services/${SERVICE}/consumerQuotaMetrics`;
  const answer = await api.list("serviceusage.googleapis.com", path, "metrics", METRIC);
  if (answer.kind !== "ok") return { ...unanswered(answer), usable: { value: [...served] } };
  const found = served.map((one) => [one, quota(answer.value, one, googleProject)] as const);
  if (served.length === 0) return fine("no model in use is served by Vertex", []);
  return lines(
    found.map(([one, found]) => [`${one.model} in ${one.location}`, found]),
    found.flatMap(([one, found]) => (isProblem(found) ? [] : one)),
  );
}

function quota(metrics: readonly z.infer<typeof METRIC>[], { vertexId, location }: Served, project: string): Found {
  const metric = `${SERVICE}/${PREFIXES[location] ?? ""}${REQUESTS}`;
  const isRegion = PREFIXES[location] === undefined;
  const own = `anthropic-${vertexId.replace(/@.*$/, "")}`;
  const line = own.replace(/[-\d]+$/, "");
  const buckets = metrics
    .filter((one) => one.metric === metric)
    .flatMap(({ consumerQuotaLimits }) => consumerQuotaLimits.flatMap(({ quotaBuckets }) => quotaBuckets))
    .filter(({ dimensions }) => !isRegion || dimensions.region === undefined || dimensions.region === location);
  const bucket = [own, line].flatMap(
    (name) => buckets.find(({ dimensions }) => dimensions.base_model === name) ?? [],
  )[0];
  if (!bucket) return note(`Google lists no quota for it under ${metric}`);
  const limit = Number(bucket.effectiveLimit);
  // A negative limit means no limit.
  if (limit !== 0) return fine(limit < 0 ? "unlimited" : `${limit} requests a minute`);
  return problem(
    `the quota is 0, so Vertex refuses every request with 429`,
    `https://console.cloud.google.com/iam-admin/quotas?project=${project}: ask for more of ${metric}, ` +
      `base_model ${bucket.dimensions.base_model}${isRegion ? `, region ${location}` : ""}`,
  );
}
