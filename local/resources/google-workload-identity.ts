/**
 * Workload identity pools and their OIDC providers with uploaded keys. Both are deleted softly: their ids stay taken for 30
 * days. Limits: the provider, observed; the types of @pulumi/gcp; docs/fidelity.md.
 */
import type { JSONWebKeySet } from "jose";
import type { CloudState, WorkloadIdentityPool, WorkloadIdentityProvider } from "../state.ts";
import { projectOf, requireService } from "./google-project.ts";
import { type Inputs, type ResourceKind, require } from "./kind.ts";

const ID = /^[a-z0-9-]{4,32}$/;
const MAX_DISPLAY_NAME = 32;
const MAX_AUDIENCES = 10;
const MAX_AUDIENCE_LENGTH = 256;
/** Members that an uploaded key may have. */
const JWK_MEMBERS = new Set(["kty", "alg", "use", "kid", "n", "e", "x", "y", "crv"]);
/** The mapping is an expression in CEL; the local cloud evaluates one claim. */
const SUBJECT_MAPPING = /^assertion\.([A-Za-z_][A-Za-z0-9_]*)$/;

const pool: ResourceKind = {
  computed: ["name", "state"],
  replaceOn: ["project", "workloadIdentityPoolId"],
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    requireService(project, "iam.googleapis.com");
    const id: string = inputs.workloadIdentityPoolId;
    requireId("workload_identity_pool_id", id);
    require(!project.pools.has(id), "Error 409: Requested entity already exists");
    project.pools.set(id, { id, ...poolSettings(inputs), deleted: false, providers: new Map() });
    return { id: `projects/${project.id}/${poolPath(id)}`, outputs: poolOutputs(state, inputs) };
  },
  read: (state, _id, inputs) => (livePool(state, inputs) ? poolOutputs(state, inputs) : undefined),
  update(state, id, inputs) {
    const found = livePool(state, inputs);
    require(found, `Error 404: ${id} was not found.`);
    Object.assign(found, poolSettings(inputs));
    return poolOutputs(state, inputs);
  },
  delete(state, _id, inputs) {
    const found = livePool(state, inputs);
    if (found) found.deleted = true;
  },
};

const provider: ResourceKind = {
  computed: ["name", "state"],
  replaceOn: ["project", "workloadIdentityPoolId", "workloadIdentityPoolProviderId"],
  create(state, inputs) {
    const owner = livePool(state, inputs);
    require(owner, `Error 404: the workload identity pool ${inputs.workloadIdentityPoolId} was not found.`);
    const id: string = inputs.workloadIdentityPoolProviderId;
    requireId("workload_identity_pool_provider_id", id);
    require(!owner.providers.has(id), "Error 409: Requested entity already exists");
    owner.providers.set(id, { id, ...providerSettings(inputs), deleted: false });
    const resource = `projects/${inputs.project}/${poolPath(owner.id)}/providers/${id}`;
    return { id: resource, outputs: providerOutputs(state, inputs) };
  },
  read: (state, _id, inputs) => (liveProvider(state, inputs) ? providerOutputs(state, inputs) : undefined),
  update(state, id, inputs) {
    const found = liveProvider(state, inputs);
    require(found, `Error 404: ${id} was not found.`);
    Object.assign(found, providerSettings(inputs));
    return providerOutputs(state, inputs);
  },
  delete(state, _id, inputs) {
    const found = liveProvider(state, inputs);
    if (found) found.deleted = true;
  },
};

export const workloadIdentityResources: Readonly<Record<string, ResourceKind>> = {
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": pool,
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": provider,
};

function requireId(name: string, id: string): void {
  require(!id.startsWith("gcp-"), `"${name}" (${JSON.stringify(id)}) can not start with "gcp-"`);
  require(ID.test(id), `"${name}" (${JSON.stringify(id)}) must have 4 to 32 characters of [a-z0-9-]`);
}

function livePool(state: CloudState, inputs: Inputs): WorkloadIdentityPool | undefined {
  const found = projectOf(state, inputs.project).pools.get(inputs.workloadIdentityPoolId);
  return found?.deleted ? undefined : found;
}

function liveProvider(state: CloudState, inputs: Inputs): WorkloadIdentityProvider | undefined {
  const found = livePool(state, inputs)?.providers.get(inputs.workloadIdentityPoolProviderId);
  return found?.deleted ? undefined : found;
}

function poolPath(id: string): string {
  return `locations/global/workloadIdentityPools/${id}`;
}

/** `name` has the project's number where the id has its id. */
function poolOutputs(state: CloudState, inputs: Inputs): Record<string, unknown> {
  const { number } = projectOf(state, inputs.project);
  return { ...inputs, name: `projects/${number}/${poolPath(inputs.workloadIdentityPoolId)}`, state: "ACTIVE" };
}

function providerOutputs(state: CloudState, inputs: Inputs): Record<string, unknown> {
  const owner = poolOutputs(state, inputs).name;
  return { ...inputs, name: `${owner}/providers/${inputs.workloadIdentityPoolProviderId}`, state: "ACTIVE" };
}

function poolSettings({ displayName = "", disabled = false }: Inputs) {
  require(displayName.length <=
    MAX_DISPLAY_NAME, `Error 400: display_name has more than ${MAX_DISPLAY_NAME} characters`);
  return { displayName, disabled };
}

function providerSettings({ attributeMapping, attributeCondition, oidc, disabled = false }: Inputs) {
  require(oidc, "one of `aws,oidc,saml,x509` must be specified");
  const { issuerUri, jwksJson, allowedAudiences = [] } = oidc;
  require(/^https:\/\//.test(issuerUri), "Error 400: issuer_uri must be an https URI.");
  require(jwksJson, "The local cloud can reach no issuer: jwksJson is needed.");
  require(allowedAudiences.length <= MAX_AUDIENCES, `Error 400: more than ${MAX_AUDIENCES} allowed audiences`);
  const tooLong = allowedAudiences.find((audience: string) => audience.length > MAX_AUDIENCE_LENGTH);
  require(!tooLong, `Error 400: an audience has more than ${MAX_AUDIENCE_LENGTH} characters`);
  require(attributeCondition === undefined, "The local cloud evaluates no attributeCondition.");
  const subjectClaim = SUBJECT_MAPPING.exec(attributeMapping?.["google.subject"] ?? "")?.[1];
  require(subjectClaim, "The local cloud maps google.subject from assertion.<claim> only.");
  return { issuerUri, jwks: parseJwks(jwksJson), allowedAudiences, subjectClaim, disabled };
}

function parseJwks(text: string): JSONWebKeySet {
  let jwks: Partial<JSONWebKeySet> | undefined;
  try {
    jwks = JSON.parse(text);
  } catch {
    // Refused below, as any other text that is no set of keys.
  }
  const keys = jwks?.keys;
  require(Array.isArray(keys) && keys.length > 0, "Error 400: jwks_json is not a valid JSON Web Key Set.");
  for (const key of keys) {
    const unknown = Object.keys(key).find((member) => !JWK_MEMBERS.has(member));
    require(!unknown, `Error 400: jwks_json: the key member ${unknown} is not supported.`);
    require(key.kid, "Error 400: jwks_json: a key has no kid.");
    require(key.kty === "RSA" || key.kty === "EC", `Error 400: jwks_json: the key type ${key.kty} is not supported.`);
  }
  return { keys };
}
