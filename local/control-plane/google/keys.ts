/**
 * Keys of service accounts. Only the creation returns the private key. A list also has the key that
 * Google itself manages for each account, unless it asks for other types. Source: Google's IAM v1
 * reference (projects.serviceAccounts.keys).
 */
import { createHash } from "node:crypto";
import { accountByName, refusal } from "../../resources/google/project.ts";
import { ensure } from "../../resources/resource-type.ts";
import type { ServiceAccount, ServiceAccountKeyState } from "../../state/index.ts";
import { resourceType } from "../resource-type.ts";
import { googleRoute } from "./call.ts";
import { nameOf } from "./service-accounts.ts";

const KEY = resourceType("gcp:serviceaccount/key:Key");
const PATH = "/v1/projects/:project/serviceAccounts/:email/keys";
const NO_EXPIRY = "9999-12-31T23:59:59Z";

/** Google renews its own keys often. The real period is not known. */
const SYSTEM_KEY_DAYS = 16;
const DAY_MS = 24 * 3_600_000;

export const keyRoutes = [
  googleRoute("iam.serviceAccountKeys.list", "GET", PATH, ({ state, project, params, query }) => {
    const name = nameOf(project, params.email);
    const account = accountByName(state, name);
    const keys = [systemKey(name, account), ...[...account.keys.values()].map((key) => toApi(name, key))];
    const wanted = query.getAll("keyTypes");
    return { keys: keys.filter(({ keyType }) => wanted.length === 0 || wanted.includes(keyType)) };
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

function toApi(account: string, { id, createdAt }: ServiceAccountKeyState) {
  return {
    name: `${account}/keys/${id}`,
    keyAlgorithm: "KEY_ALG_RSA_2048",
    validAfterTime: createdAt,
    validBeforeTime: NO_EXPIRY,
    keyOrigin: "GOOGLE_PROVIDED",
    keyType: "USER_MANAGED",
  };
}

/** Nobody can download or delete it. */
function systemKey(account: string, { uniqueId }: ServiceAccount) {
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const time = (days: number) => `${new Date(today + days * DAY_MS).toISOString().slice(0, 19)}Z`;
  return {
    name: `${account}/keys/${createHash("sha1").update(uniqueId).digest("hex")}`,
    keyAlgorithm: "KEY_ALG_RSA_2048",
    validAfterTime: time(0),
    validBeforeTime: time(SYSTEM_KEY_DAYS),
    keyOrigin: "GOOGLE_PROVIDED",
    keyType: "SYSTEM_MANAGED",
  };
}

/** Returns the bare public key for every requested type, never a certificate. */
function publicKeyData({ publicKey }: ServiceAccountKeyState): string {
  return Buffer.from(publicKey.export({ type: "spki", format: "pem" })).toString("base64");
}
