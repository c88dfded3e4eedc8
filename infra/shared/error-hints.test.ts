import { describe, expect, it } from "vitest";
import { errorHint } from "./error-hints.ts";

const GATEWAY = "cloudflare:index/aiGateway:AiGateway";
const KEY = "gcp:serviceaccount/key:Key";
const ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole";
const POST = 'failed to make http request: POST "https://api.cloudflare.com/client/v4/accounts/a/ai-gateway/gateways":';

/** The messages are those of the real providers. */
describe("the hint for the error of", () => {
  it.each([
    [KEY, "googleapi: Error 400: Key creation is not allowed on this service account.", /googleAuth workloadIdentity/],
    [ROLE, "Custom project role projects/p/roles/r already exists and must be imported", /adopt '\["role"\]'/],
    [ROLE, "Error deleting the custom project role t: googleapi: Error 404: not found", /pulumi state delete '<urn>'/],
    [GATEWAY, `${POST} 409 Conflict {"success":false}`, /adopt '\["gateway"\]'/],
    [GATEWAY, `${POST} 403 Forbidden {"success":false}`, /docs\/security\.md/],
    [GATEWAY, `${POST} 404 Not Found {"success":false}`, /pulumi refresh/],
    [GATEWAY, 'Post "https://api.cloudflare.com/client/v4/": EOF', /the gateway may exist/],
    [GATEWAY, 'Post "https://api.cloudflare.com/client/v4/": read: connection reset by peer', /the gateway may exist/],
    [GATEWAY, `${POST} 503 Service Unavailable `, /the gateway may exist/],
    [
      "gcp:projects/service:Service",
      "googleapi: Error 403: The caller does not have permission",
      /Google identity lacks/,
    ],
    [
      KEY,
      "googleapi: Error 403: iam.googleapis.com has not been used in project 1 before",
      /works only after a minute/,
    ],
    ["random:index/randomPassword:RandomPassword", "anything else", /run up again/],
  ])("%s: %s", (type, message, hint) => {
    expect(errorHint(type, message)).toMatch(hint);
  });
});
