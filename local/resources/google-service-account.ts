/** Service accounts and their keys. Limits and texts: docs/fidelity.md. */
import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { randomDigits, randomHex } from "../ids.ts";
import type { GoogleProject, ServiceAccount } from "../state.ts";
import { accountByName, projectOf, projectOfEmail, requireService } from "./google-project.ts";
import { type Inputs, type ResourceKind, require } from "./kind.ts";

const MAX_KEYS = 10;

const account: ResourceKind = {
  computed: ["email", "member", "name", "uniqueId"],
  replaceOn: ["project", "accountId"],
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    requireService(project, "iam.googleapis.com");
    const accountId: string = inputs.accountId;
    require(/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(accountId) &&
      accountId.length >= 6 &&
      accountId.length <=
        30, `Error 400: "account_id" (${JSON.stringify(accountId)}) must be between 6 and 30 characters long`);
    const email = `${accountId}@${project.id}.iam.gserviceaccount.com`;
    require(!project.serviceAccounts.has(
      email,
    ), `Error 409: Service account ${accountId} already exists within project`);
    const created: ServiceAccount = {
      email,
      uniqueId: randomDigits(21),
      displayName: inputs.displayName ?? "",
      keys: new Map(),
      policy: new Map(),
    };
    project.serviceAccounts.set(email, created);
    return { id: `projects/${project.id}/serviceAccounts/${email}`, outputs: accountOutputs(project, created, inputs) };
  },
  read(state, _id, inputs) {
    const project = projectOf(state, inputs.project);
    const found = project.serviceAccounts.get(`${inputs.accountId}@${project.id}.iam.gserviceaccount.com`);
    return found && accountOutputs(project, found, inputs);
  },
  update(state, id, inputs) {
    const found = accountByName(state, id);
    found.displayName = inputs.displayName ?? "";
    return accountOutputs(projectOf(state, inputs.project), found, inputs);
  },
  delete(state, _id, inputs) {
    const project = projectOf(state, inputs.project);
    project.serviceAccounts.delete(`${inputs.accountId}@${project.id}.iam.gserviceaccount.com`);
  },
};

const key: ResourceKind = {
  computed: ["name", "privateKey"],
  replaceOn: ["serviceAccountId", "keepers", "keyAlgorithm", "privateKeyType", "publicKeyType", "publicKeyData"],
  async create(state, inputs) {
    const owner = accountByName(state, inputs.serviceAccountId);
    require(owner.keys.size < MAX_KEYS, "Error 429: Maximum number of keys on account reached.");
    const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
    const id = randomHex(40);
    owner.keys.set(id, { id, publicKey });
    const file = {
      type: "service_account",
      project_id: projectOfEmail(owner.email),
      private_key_id: id,
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: owner.email,
      client_id: owner.uniqueId,
      auth_uri: "https://accounts.google.com/o/oauth2/auth",
      token_uri: "https://oauth2.googleapis.com/token",
      auth_provider_x509_cert_url: "https://www.googleapis.com/oauth2/v1/certs",
      client_x509_cert_url: `https://www.googleapis.com/robot/v1/metadata/x509/${encodeURIComponent(owner.email)}`,
      universe_domain: "googleapis.com",
    };
    const name = `projects/${file.project_id}/serviceAccounts/${owner.email}/keys/${id}`;
    const privateKeyData = Buffer.from(JSON.stringify(file, null, 2)).toString("base64");
    return { id: name, outputs: { ...inputs, name, privateKey: privateKeyData }, secretOutputs: ["privateKey"] };
  },
  read: (state, id, inputs) =>
    accountByName(state, inputs.serviceAccountId).keys.has(id.split("/keys/")[1] ?? "") ? { ...inputs } : undefined,
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, id, inputs) {
    accountByName(state, inputs.serviceAccountId).keys.delete(id.split("/keys/")[1] ?? "");
  },
};

export const serviceAccountResources: Readonly<Record<string, ResourceKind>> = {
  "gcp:serviceaccount/account:Account": account,
  "gcp:serviceaccount/key:Key": key,
};

function accountOutputs(project: GoogleProject, { email, uniqueId }: ServiceAccount, inputs: Inputs) {
  const name = `projects/${project.id}/serviceAccounts/${email}`;
  return { ...inputs, email, member: `serviceAccount:${email}`, name, uniqueId };
}
