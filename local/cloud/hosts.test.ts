import { describe, expect, it } from "vitest";
import {
  ANTHROPIC_HEADERS,
  type Call,
  callAnthropic,
  callHost,
  PROJECT_ID,
  QUESTION,
  useCloud,
  vertexCall,
} from "../testing/cloud.ts";

const cloud = useCloud();

/** The same call under the loopback address, with the host as the first path segment. */
function inPath({ host, path, ...call }: Call): Call {
  return { ...call, path: `/${host}${path}` };
}

describe("a host in the path", () => {
  it("of Anthropic answers like the host itself", async () => {
    const call = {
      host: "api.anthropic.com",
      path: "/v1/messages",
      headers: ANTHROPIC_HEADERS,
      body: JSON.stringify(QUESTION),
    };

    const answer = await callHost(cloud(), inPath(call));

    expect(JSON.parse(answer.text)).toMatchObject({ type: "message", model: QUESTION.model });
  });

  it.each([
    ["us-east5-aiplatform.googleapis.com", "us-east5"],
    ["aiplatform.us.rep.googleapis.com", "us"],
    ["aiplatform.googleapis.com", "global"],
  ])("of Vertex, %s, predicts", async (host, location) => {
    const call = vertexCall(cloud(), false);
    const path = call.path.replace("us-east5", location);

    const answer = await callHost(cloud(), inPath({ ...call, host, path }));

    expect([answer.status, JSON.parse(answer.text).type]).toEqual([200, "message"]);
  });

  it.each([
    ["oauth2.googleapis.com/token", 400, "unsupported_grant_type"],
    ["sts.googleapis.com/v1/token", 400, "invalid_request"],
    ["iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/x@y:generateAccessToken", 401, "UNAUTHENTICATED"],
    ["gateway.ai.cloudflare.com/v1/account/gateway", 401, "Unauthorized"],
    [`cloudresourcemanager.googleapis.com/v1/projects/${PROJECT_ID}:getIamPolicy`, 401, "UNAUTHENTICATED"],
  ])("of %s is found", async (url, status, text) => {
    const answer = await callHost(cloud(), { path: `/${url}`, method: "POST", body: "{}" });

    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
  });

  it("meets the faults of its target, also those before the body", async () => {
    const { faults } = cloud().cloud.context;
    faults.set("anthropic", { mode: "early_status", status: 413 });

    const answer = await callHost(cloud(), { path: "/api.anthropic.com/v1/messages", body: "{}" });

    expect(answer.status).toBe(413);
  });

  it("may be without a path", async () => {
    const answer = await callHost(cloud(), { method: "HEAD", path: "/api.anthropic.com" });

    expect(answer.status).toBe(200);
  });

  it("changes nothing under a host's own name", async () => {
    const answer = await callAnthropic(cloud(), { path: "/api.anthropic.com/v1/models" });

    expect(answer.status).toBe(404);
  });

  it("that is `v1` is the AI Gateway", async () => {
    const answer = await callHost(cloud(), { method: "POST", path: "/v1/account/gateway", body: "[]" });

    expect(answer.text).toContain("AiGatewayError");
  });
});
