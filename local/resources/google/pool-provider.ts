/**
 * OIDC providers of a workload identity pool, with uploaded keys. A deleted provider keeps its id,
 * like a pool. Sources for the limits: the real provider; the types of @pulumi/gcp;
 * docs/fidelity.md.
 */
import { isDeepStrictEqual } from "node:util";
import type { JSONWebKeySet } from "jose";
import type { CloudState, WorkloadIdentityProvider } from "../../state/index.ts";
import { anyOf } from "../diff-suppression.ts";
import { ensure, type Inputs, type ResourceType } from "../resource-type.ts";
import { endOfDeletion, livePool, poolName, poolPath, poolSettings, requireId, sameSettings } from "./pool.ts";
import { refusal, requests } from "./project.ts";

const NAME = /^projects\/([^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/providers\/([^/]+)$/;
const MAX_AUDIENCES = 10;
const MAX_AUDIENCE_LENGTH = 256;
/** Members that an uploaded key may have. None of them is private. */
const JWK_MEMBERS = new Set(["kty", "alg", "use", "kid", "n", "e", "x", "y", "crv"]);
/** The mapping is a CEL expression. The local cloud evaluates only a single claim. */
const SUBJECT_MAPPING = /^assertion\.([A-Za-z_][A-Za-z0-9_]*)$/;

export const poolProvider: ResourceType = {
  computed: ["name", "state"],
  replaceOn: ["project", "workloadIdentityPoolId", "workloadIdentityPoolProviderId"],
  same: anyOf(sameSettings, sameOidc),
  identify(importId) {
    const [, project, workloadIdentityPoolId, workloadIdentityPoolProviderId] = NAME.exec(importId) ?? [];
    if (project === undefined) return undefined;
    return { id: importId, inputs: { project, workloadIdentityPoolId, workloadIdentityPoolProviderId } };
  },
  request: requests("iam.googleapis.com", (inputs) => {
    const providers = `v1/projects/${inputs.project}/${poolPath(inputs.workloadIdentityPoolId)}/providers`;
    return { create: providers, other: `${providers}/${inputs.workloadIdentityPoolProviderId}` };
  }),
  create(state, inputs) {
    const owner = livePool(state, inputs);
    const prefix = "Error creating WorkloadIdentityPoolProvider: ";
    const missing = `the workload identity pool ${inputs.workloadIdentityPoolId} was not found.`;
    ensure(owner, refusal(404, missing, { prefix }));
    const id: string = inputs.workloadIdentityPoolProviderId;
    requireId("workload_identity_pool_provider_id", id);
    ensure(!owner.providers.has(id), refusal(409, "Requested entity already exists", { prefix }));
    const created = { id, ...providerSettings(inputs), deleted: false };
    owner.providers.set(id, created);
    const resource = `projects/${inputs.project}/${poolPath(owner.id)}/providers/${id}`;
    return { id: resource, outputs: providerAttributes(state, created, inputs) };
  },
  read(state, _id, inputs) {
    const found = liveProvider(state, inputs);
    return found && providerAttributes(state, found, inputs);
  },
  update(state, id, inputs) {
    const found = liveProvider(state, inputs);
    ensure(found, refusal(404, `${id} was not found.`));
    Object.assign(found, providerSettings(inputs));
    return providerAttributes(state, found, inputs);
  },
  delete(state, _id, inputs) {
    const found = liveProvider(state, inputs);
    if (found) Object.assign(found, { deleted: true, expireTime: endOfDeletion() });
  },
};

function liveProvider(state: CloudState, inputs: Inputs): WorkloadIdentityProvider | undefined {
  const found = livePool(state, inputs)?.providers.get(inputs.workloadIdentityPoolProviderId);
  return found?.deleted ? undefined : found;
}

function providerAttributes(state: CloudState, found: WorkloadIdentityProvider, inputs: Inputs) {
  const { project, workloadIdentityPoolId, workloadIdentityPoolProviderId } = inputs;
  const { displayName, description, disabled, attributeMapping, issuerUri, jwksJson, allowedAudiences } = found;
  return {
    project,
    workloadIdentityPoolId,
    workloadIdentityPoolProviderId,
    displayName,
    description,
    disabled,
    attributeMapping,
    oidc: { issuerUri, jwksJson, ...(allowedAudiences.length > 0 ? { allowedAudiences } : {}) },
    name: `${poolName(state, inputs)}/providers/${workloadIdentityPoolProviderId}`,
    state: "ACTIVE",
  };
}

/** Compares keys as JSON, not as text. */
function sameOidc(name: string, before: unknown, wanted: unknown): boolean {
  if (name !== "oidc" || before === undefined || wanted === undefined) return false;
  const [one, other] = [before, wanted].map((oidc) => {
    const { jwksJson = "null", allowedAudiences = [], ...rest } = oidc as Inputs;
    return { ...rest, allowedAudiences, jwks: JSON.parse(jwksJson) };
  });
  return isDeepStrictEqual(one, other);
}

function providerSettings(inputs: Inputs) {
  const { attributeMapping, attributeCondition, oidc } = inputs;
  ensure(oidc, "one of `aws,oidc,saml,x509` must be specified");
  const { issuerUri, jwksJson, allowedAudiences = [] } = oidc;
  ensure(/^https:\/\//.test(issuerUri), refusal(400, "issuer_uri must be an https URI."));
  ensure(jwksJson, "The local cloud cannot reach an issuer, so jwksJson is required.");
  const isFew = allowedAudiences.length <= MAX_AUDIENCES;
  ensure(isFew, refusal(400, `more than ${MAX_AUDIENCES} allowed audiences`));
  const tooLong = allowedAudiences.find((audience: string) => audience.length > MAX_AUDIENCE_LENGTH);
  ensure(!tooLong, refusal(400, `an audience has more than ${MAX_AUDIENCE_LENGTH} characters`));
  ensure(attributeCondition === undefined, "The local cloud does not support attributeCondition.");
  const subjectClaim = SUBJECT_MAPPING.exec(attributeMapping?.["google.subject"] ?? "")?.[1];
  ensure(subjectClaim, "The local cloud supports only assertion.<claim> for google.subject.");
  const keys = { issuerUri, jwksJson, jwks: parseJwks(jwksJson), allowedAudiences };
  return { ...poolSettings(inputs), ...keys, attributeMapping, subjectClaim };
}

function parseJwks(text: string): JSONWebKeySet {
  let jwks: Partial<JSONWebKeySet> | undefined;
  try {
    jwks = JSON.parse(text);
  } catch {
    // Refused below, like any other invalid key set.
  }
  const keys = jwks?.keys;
  ensure(Array.isArray(keys) && keys.length > 0, refusal(400, "jwks_json is not a valid JSON Web Key Set."));
  for (const key of keys) {
    const unknown = Object.keys(key).find((member) => !JWK_MEMBERS.has(member));
    ensure(!unknown, refusal(400, `jwks_json: the key member ${unknown} is not supported.`));
    ensure(key.kid, refusal(400, "jwks_json: a key has no kid."));
    ensure(key.kty === "RSA" || key.kty === "EC", refusal(400, `jwks_json: the key type ${key.kty} is not supported.`));
  }
  return { keys };
}
