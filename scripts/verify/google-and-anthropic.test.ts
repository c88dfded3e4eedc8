/** Each rule of Google's APIs and of Anthropic's is turned around once, and its point alone is "different". */
import { expect, it } from "vitest";
import { changed, type Rule } from "../testing/interceptor.ts";
import { anthropicError, googleError, ok, useVerification, withVerdict } from "../testing/verification.ts";

const verification = useVerification();

it.each<[point: number, what: string, rule: Rule]>([
  [16, "HEAD / is a 404", ({ method }) => (method === "HEAD" ? { status: 404, body: "" } : undefined)],
  [
    16,
    "an unfinished batch is refused in other words",
    ({ host, path }) =>
      host === "api.anthropic.com" && path.endsWith("/results")
        ? anthropicError(400, "invalid_request_error", "The batch has not ended.")
        : undefined,
  ],
  [
    17,
    "a missing pool is refused in other words",
    ({ host, body }) =>
      host === "sts.googleapis.com" && body.includes("token-exchange")
        ? { status: 400, body: JSON.stringify({ error: "invalid_target", error_description: "No such pool." }) }
        : undefined,
  ],
  [
    19,
    "a grant to a missing pool is accepted",
    ({ path }) =>
      /serviceAccounts\/[^/]+-verify-[^/]+:setIamPolicy$/.test(path) ? ok({ version: 1, etag: "x" }) : undefined,
  ],
  [
    25,
    "an unknown model is refused",
    ({ path }) => (path.endsWith(":enableModel") ? googleError(404, "NOT_FOUND") : undefined),
  ],
  [
    28,
    "an old etag is refused",
    ({ method, path }) =>
      method === "PATCH" && /serviceAccounts/.test(path) ? googleError(409, "ABORTED") : undefined,
  ],
  [
    34,
    "base models have other names",
    (sent, pass) =>
      /consumerQuotaMetrics\//.test(sent.path)
        ? changed(pass(), (metric) =>
            JSON.parse(JSON.stringify(metric).replaceAll("claude-sonnet-4-6", "claude-sonnet-46")),
          )
        : undefined,
  ],
  [
    34,
    "the managed constraint is not known",
    ({ path }) => (path.endsWith(":getEffectiveOrgPolicy") ? googleError(400, "INVALID_ARGUMENT") : undefined),
  ],
])("point %d: %s", async (point, _what, rule) => {
  const found = await verification().verdicts(rule);

  expect(withVerdict(found, "different")).toEqual([point]);
  expect(found.get(point)?.consequence).toBeTruthy();
  expect(withVerdict(found, "could not tell")).toEqual([]);
});
