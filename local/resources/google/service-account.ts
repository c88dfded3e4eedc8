/** Service accounts and their keys. Sources for limits and texts: docs/fidelity.md. */
import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { randomDigits, randomHex } from "../../state/ids.ts";
import type { ServiceAccount } from "../../state/index.ts";
import { sameAsUnset } from "../diff-suppression.ts";
import { ensure, type Inputs, type Refusal, type ResourceType } from "../resource-type.ts";
import {
  accountByName,
  findAccount,
  policiesOf,
  projectOf,
  projectOfEmail,
  refusal,
  requests,
  requireService,
} from "./project.ts";

const MAX_KEYS = 10;
const KEY_PREFIX = "Error creating service account key: ";

const account: ResourceType = {
  computed: ["email", "member", "name", "uniqueId"],
  previewOutputs: (inputs) => ({ email: emailOf(inputs), member: `serviceAccount:${emailOf(inputs)}` }),
  replaceOn: ["project", "accountId"],
  same: sameAsUnset({ displayName: [""], description: [""], createIgnoreAlreadyExists: [false] }),
  identify(importId) {
    const [, project, accountId] = /^projects\/([^/]+)\/serviceAccounts\/([^@/]+)@[^/]+$/.exec(importId) ?? [];
    return project === undefined ? undefined : { id: importId, inputs: { project, accountId } };
  },
  request: requests("iam.googleapis.com", (inputs) => ({
    create: `v1/projects/${inputs.project}/serviceAccounts`,
    other: `v1/projects/${inputs.project}/serviceAccounts/${emailOf(inputs)}`,
  })),
  create(state, inputs) {
    const project = projectOf(state, inputs.project);
    const prefix = "Error creating service account: ";
    requireService(project, "iam.googleapis.com", prefix);
    const { accountId } = inputs;
    ensure(inputs.disabled !== true, "The local cloud does not support disabled service accounts.");
    const isId = /^(?=.{6,30}$)[a-z]([-a-z0-9]*[a-z0-9])?$/.test(accountId);
    const message = `"account_id" (${JSON.stringify(accountId)}) must be between 6 and 30 characters long`;
    ensure(isId, refusal(400, message, { prefix }));
    const email = emailOf(inputs);
    const existing = project.serviceAccounts.get(email);
    const taken = `Service account ${accountId} already exists within project projects/${project.id}.`;
    ensure(!existing || inputs.createIgnoreAlreadyExists === true, refusal(409, taken, { prefix }));
    const created: ServiceAccount = existing ?? {
      email,
      uniqueId: randomDigits(21),
      ...settingsOf(inputs),
      keys: new Map(),
      policy: new Map(),
    };
    project.serviceAccounts.set(email, created);
    return { id: `projects/${project.id}/serviceAccounts/${email}`, outputs: attributes(created, inputs) };
  },
  read(state, _id, inputs) {
    const found = projectOf(state, inputs.project).serviceAccounts.get(emailOf(inputs));
    return found && attributes(found, inputs);
  },
  update(state, id, inputs) {
    const found = accountByName(state, id);
    Object.assign(found, settingsOf(inputs));
    return attributes(found, inputs);
  },
  /** A recreated account is a new identity. Grants to the old account name it as deleted. */
  delete(state, _id, inputs) {
    const { serviceAccounts } = projectOf(state, inputs.project);
    const gone = serviceAccounts.get(emailOf(inputs));
    if (!gone) return;
    serviceAccounts.delete(gone.email);
    for (const policy of policiesOf(state)) {
      for (const members of policy.values()) {
        if (!members.delete(`serviceAccount:${gone.email}`)) continue;
        members.add(`deleted:serviceAccount:${gone.email}?uid=${gone.uniqueId}`);
      }
    }
  },
};

const key: ResourceType = {
  computed: ["name", "privateKey"],
  replaceOn: ["serviceAccountId", "keepers", "keyAlgorithm", "privateKeyType", "publicKeyType", "publicKeyData"],
  request: requests("iam.googleapis.com", ({ serviceAccountId }) => ({
    create: `v1/${serviceAccountId}/keys`,
    other: `v1/${serviceAccountId}/keys`,
  })),
  async create(state, inputs) {
    const owner = accountByName(state, inputs.serviceAccountId);
    const project = projectOf(state, projectOfEmail(owner.email));
    ensure(!project.keyCreationDisabled, keysDenied(owner));
    const hasRoom = owner.keys.size < MAX_KEYS;
    ensure(hasRoom, refusal(429, "Maximum number of keys on account reached.", { prefix: KEY_PREFIX }));
    const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
    const id = randomHex(40);
    owner.keys.set(id, { id, publicKey, createdAt: `${new Date().toISOString().slice(0, 19)}Z` });
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
  read(state, id, { serviceAccountId }) {
    const exists = findAccount(state, serviceAccountId)?.keys.has(keyIdOf(id));
    return exists ? { serviceAccountId, name: id } : undefined;
  },
  update: (_state, _id, inputs) => ({ ...inputs }),
  delete(state, id, inputs) {
    findAccount(state, inputs.serviceAccountId)?.keys.delete(keyIdOf(id));
  },
};

export const serviceAccountResources: Readonly<Record<string, ResourceType>> = {
  "gcp:serviceaccount/account:Account": account,
  "gcp:serviceaccount/key:Key": key,
};

function emailOf({ accountId, project }: Inputs): string {
  return `${accountId}@${project}.iam.gserviceaccount.com`;
}

function settingsOf({ displayName = "", description = "" }: Inputs) {
  return { displayName, description };
}

function attributes({ email, uniqueId, displayName, description }: ServiceAccount, { project, accountId }: Inputs) {
  const name = `projects/${project}/serviceAccounts/${email}`;
  return { project, accountId, displayName, description, email, member: `serviceAccount:${email}`, name, uniqueId };
}

/** @param name `projects/…/serviceAccounts/…/keys/{id}` */
function keyIdOf(name: string): string {
  return name.split("/keys/")[1] ?? "";
}

/**
 * The refusal of an organization policy that denies keys. Organizations created since May 2024 have
 * it by default.
 */
function keysDenied({ email }: ServiceAccount): Refusal {
  const message = "Key creation is not allowed on this service account.";
  const violation = {
    description: message,
    subject: `projects/${projectOfEmail(email)}/serviceAccounts/${email}?configvalue=${encodeURIComponent(email)}`,
    type: "constraints/iam.disableServiceAccountKeyCreation",
  };
  const details = [{ "@type": "type.googleapis.com/google.rpc.PreconditionFailure", violations: [violation] }];
  return refusal(400, message, { reason: "FAILED_PRECONDITION", details, prefix: KEY_PREFIX });
}
