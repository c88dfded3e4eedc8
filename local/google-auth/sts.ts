/**
 * sts.googleapis.com: issues an access token for a JWT of an identity provider that a workload
 * identity pool trusts. The keys are the provider's uploaded keys. The subject becomes a
 * `principal://` of the pool. Sources: RFC 8693; Google's STS v1 reference (ExchangeTokenRequest);
 * docs/fidelity.md.
 */
import { createLocalJWKSet, type JWTPayload, jwtVerify } from "jose";
import type { CloudContext } from "../http/context.ts";
import { type Exchange, sendJson } from "../http/exchange.ts";
import type { CloudState, GoogleProject, WorkloadIdentityProvider } from "../state/index.ts";
import { failTokenRequest } from "./faults.ts";
import { principal, projectByNumber } from "./identity.ts";
import { issueAccessToken, TOKEN_LIFETIME_S } from "./token-endpoint.ts";

const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";
const MAX_LIFETIME_S = 48 * 3_600;
/** The maximum length of `google.subject`. */
const MAX_SUBJECT_BYTES = 127;
/** Allowed values of the form's fields, except `audience` and `subject_token`. */
const FORM: Readonly<Record<string, readonly string[]>> = {
  grant_type: ["urn:ietf:params:oauth:grant-type:token-exchange"],
  requested_token_type: [ACCESS_TOKEN],
  subject_token_type: ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"],
  scope: [CLOUD_PLATFORM],
};
const AUDIENCE = new RegExp(
  "^//iam\\.googleapis\\.com/projects/([^/]+)/locations/global" + "/workloadIdentityPools/([^/]+)/providers/([^/]+)$",
);

interface Federation {
  project: GoogleProject;
  poolId: string;
  provider: WorkloadIdentityProvider;
}

export async function securityTokenApi(exchange: Exchange, { state, faults }: CloudContext): Promise<void> {
  if (failTokenRequest(exchange, faults)) return;
  const refuse = (error: string, description: string) =>
    sendJson(exchange, 400, { error, error_description: description });
  if (exchange.method !== "POST" || exchange.path !== "/v1/token") {
    return sendJson(exchange, 404, { error: "not_found" });
  }
  const form = new URLSearchParams(exchange.body.toString("utf8"));
  const wrong = Object.keys(FORM).find((name) => !FORM[name]?.includes(form.get(name) ?? ""));
  if (wrong) return refuse("invalid_request", `Invalid value for ${JSON.stringify(wrong)}.`);
  const audience = form.get("audience") ?? "";
  const federation = find(state, audience);
  if (!federation) return refuse("invalid_target", `The target service indicated by the "audience" is invalid.`);
  if (!federation.project.enabledServices.has("sts.googleapis.com")) {
    return refuse("invalid_target", `The STS API is not enabled in project ${federation.project.number}.`);
  }
  try {
    const subject = await verifiedSubject(form.get("subject_token") ?? "", federation.provider, audience);
    sendJson(exchange, 200, {
      access_token: issueAccessToken(state, principal(federation.project, federation.poolId, subject)),
      issued_token_type: ACCESS_TOKEN,
      token_type: "Bearer",
      expires_in: TOKEN_LIFETIME_S,
    });
  } catch (error) {
    refuse("invalid_grant", error instanceof Error ? error.message : "The subject token is not valid.");
  }
}

/** The audience must name the project by its number, not by its id. */
function find(state: CloudState, audience: string): Federation | undefined {
  const [, number = "", poolId = "", providerId = ""] = AUDIENCE.exec(audience) ?? [];
  const project = projectByNumber(state, number);
  const pool = project?.pools.get(poolId);
  const provider = pool?.providers.get(providerId);
  if (!project || !pool || !provider) return undefined;
  const isOff = [pool, provider].some(({ deleted, disabled }) => deleted || disabled);
  return isOff ? undefined : { project, poolId, provider };
}

/** @throws an error that says what is wrong with the token */
async function verifiedSubject(
  token: string,
  provider: WorkloadIdentityProvider,
  resourceName: string,
): Promise<string> {
  const { allowedAudiences, issuerUri, jwks } = provider;
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), {
    algorithms: ["RS256", "ES256"],
    issuer: issuerUri,
    audience: allowedAudiences.length > 0 ? [...allowedAudiences] : [resourceName, `https:${resourceName}`],
    requiredClaims: ["iss", "sub", "aud", "iat", "exp"],
  });
  if (!protectedHeader.kid) throw new Error("The JWT's header has no kid.");
  const { iat = 0, exp = 0 } = payload;
  if (iat > Date.now() / 1_000) throw new Error("The JWT was issued in the future.");
  if (exp - iat >= MAX_LIFETIME_S) throw new Error("The JWT lives for 48 hours or longer.");
  return subjectOf(payload, provider.subjectClaim);
}

function subjectOf(payload: JWTPayload, claim: string): string {
  const subject = payload[claim];
  if (typeof subject !== "string" || subject === "") throw new Error(`The JWT has no claim ${claim}.`);
  if (Buffer.byteLength(subject) > MAX_SUBJECT_BYTES) throw new Error("The mapped google.subject is too long.");
  return subject;
}
