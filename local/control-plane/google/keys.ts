/** Keys of service accounts. Only the creation returns the private key. */
import { accountByName, refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { ServiceAccount, ServiceAccountKeyState } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { googleRoute } from "./call.ts";
import { nameOf } from "./service-accounts.ts";

const KEY = resourceType("gcp:serviceaccount/key:Key");
const PATH = "/v1/projects/:project/serviceAccounts/:email/keys";
const NO_EXPIRY = "9999-12-31T23:59:59Z";

/** When the API first returned each key, because the state has no time for it. */
const VALID_AFTER = new WeakMap<ServiceAccountKeyState, string>();

export const keyRoutes = [
  googleRoute("iam.serviceAccountKeys.list", "GET", PATH, ({ state, project, params }) => {
    const name = nameOf(project, params.email);
    return { keys: [...accountByName(state, name).keys.values()].map((key) => toApi(name, key)) };
  }),

  googleRoute("iam.serviceAccountKeys.create", "POST", PATH, async ({ state, project, params, body }) => {
    const serviceAccountId = nameOf(project, params.email);
    const account = accountByName(state, serviceAccountId);
    const { id, outputs } = await KEY.create(state, { ...body, serviceAccountId }, {});
    const { privateKeyType = "TYPE_GOOGLE_CREDENTIALS_FILE" } = body;
    return { ...toApi(serviceAccountId, keyOf(account, id)), privateKeyType, privateKeyData: outputs.privateKey };
  }),

  googleRoute("iam.serviceAccountKeys.get", "GET", `${PATH}/:key`, ({ state, project, params, query }) => {
    const name = nameOf(project, params.email);
    const key = keyOf(accountByName(state, name), params.key);
    const isRequested = (query.get("publicKeyType") ?? "TYPE_NONE") !== "TYPE_NONE";
    return { ...toApi(name, key), ...(isRequested ? { publicKeyData: publicKeyData(key) } : {}) };
  }),

  googleRoute("iam.serviceAccountKeys.delete", "DELETE", `${PATH}/:key`, ({ state, project, params }) => {
    const serviceAccountId = nameOf(project, params.email);
    const { id } = keyOf(accountByName(state, serviceAccountId), params.key);
    KEY.delete(state, `${serviceAccountId}/keys/${id}`, { serviceAccountId });
    return {};
  }),
];

/** @param id the key's id or its resource name */
function keyOf({ keys }: ServiceAccount, id: string): ServiceAccountKeyState {
  const found = keys.get(id.split("/").at(-1) ?? "");
  ensure(found, refusal(404, "Service account key does not exist."));
  return found;
}

function toApi(account: string, key: ServiceAccountKeyState) {
  const validAfterTime = VALID_AFTER.get(key) ?? `${new Date().toISOString().slice(0, 19)}Z`;
  VALID_AFTER.set(key, validAfterTime);
  return {
    name: `${account}/keys/${key.id}`,
    keyAlgorithm: "KEY_ALG_RSA_2048",
    validAfterTime,
    validBeforeTime: NO_EXPIRY,
    keyOrigin: "GOOGLE_PROVIDED",
    keyType: "USER_MANAGED",
  };
}

/** Returns the bare public key for every requested type, never a certificate. */
function publicKeyData({ publicKey }: ServiceAccountKeyState): string {
  return Buffer.from(publicKey.export({ type: "spki", format: "pem" })).toString("base64");
}
