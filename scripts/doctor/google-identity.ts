/** The Worker's identity at Google after `pulumi up`: it exists, it holds its role, and its keys are live. */
import { z } from "zod";
import type { GoogleApi } from "../clouds/google.ts";
import type { StackResource } from "../stack/stack.ts";
import { type Found, fine, problem, unanswered } from "./found.ts";
import { epochOf, newest, ofType, REFRESH } from "./state.ts";
import type { Subject } from "./subject.ts";

const IAM = "iam.googleapis.com";
const ACCOUNT = z.object({ email: z.string(), disabled: z.boolean().default(false) });
const POOL = z.object({ state: z.string().default("ACTIVE"), disabled: z.boolean().default(false) });
const ROLE = z.object({ deleted: z.boolean().default(false) });
const POLICY = z.object({
  bindings: z.array(z.object({ role: z.string(), members: z.array(z.string()).default([]) })).default([]),
});
const KEY = z.object({ name: z.string(), validAfterTime: z.string(), disabled: z.boolean().default(false) });

export interface LiveKey {
  name: string;
  createdOn: string;
}

export async function identity(api: GoogleApi, { resources }: Subject): Promise<Found<undefined>> {
  const [account] = ofType(resources, "serviceAccount");
  const [pool] = ofType(resources, "pool");
  const found = [
    ...(account ? [await serviceAccount(api, account)] : []),
    ...(pool ? [await identityPool(api, pool)] : []),
  ];
  const wrong = found.find(({ usable }) => !usable);
  if (wrong) return wrong;
  const [first = fine("the state has none: the last run did not end")] = found;
  return found.length > 1 ? fine(found.flatMap(({ findings }) => findings.map(({ text }) => text)).join(", ")) : first;
}

async function serviceAccount(api: GoogleApi, { id }: StackResource): Promise<Found<undefined>> {
  const answer = await api.get(IAM, `v1/${id}`, ACCOUNT);
  if (answer.kind === "refused" && answer.status === 404) return problem(`the service account ${id} is gone`, REFRESH);
  if (answer.kind !== "ok") return unanswered(answer);
  const { email, disabled } = answer.value;
  return disabled ? problem(`${email} is disabled`, `gcloud iam service-accounts enable ${email}`) : fine(email);
}

async function identityPool(api: GoogleApi, { id }: StackResource): Promise<Found<undefined>> {
  const [, project = "", pool = ""] = /^projects\/([^/]+)\/.*\/([^/]+)$/.exec(id) ?? [];
  const command = (verb: string) =>
    `gcloud iam workload-identity-pools ${verb} ${pool} --location global --project ${project}`;
  const answer = await api.get(IAM, `v1/${id}`, POOL);
  if (answer.kind === "refused" && answer.status === 404) return problem(`the identity pool ${pool} is gone`, REFRESH);
  if (answer.kind !== "ok") return unanswered(answer);
  // Its id stays reserved for 30 days, so `pulumi up` cannot make it again.
  if (answer.value.state === "DELETED") return problem(`the identity pool ${pool} is deleted`, command("undelete"));
  if (answer.value.disabled)
    return problem(`the identity pool ${pool} is disabled`, `${command("update")} --no-disabled`);
  return fine(`the identity pool ${pool}`);
}

/** A custom role that was deleted grants nothing, and Pulumi does not restore it. */
export async function customRole(api: GoogleApi, { resources }: Subject): Promise<Found<undefined>> {
  const [role] = ofType(resources, "customRole");
  if (!role) return fine("not needed: the role is Google's aiplatform.user");
  const answer = await api.get(IAM, `v1/${role.id}`, ROLE);
  if (answer.kind === "refused" && answer.status === 404) return problem(`${role.id} is gone`, REFRESH);
  if (answer.kind !== "ok") return unanswered(answer);
  if (!answer.value.deleted) return fine(role.id);
  const [, project = "", id = ""] = /^projects\/([^/]+)\/roles\/(.+)$/.exec(role.id) ?? [];
  return problem(`${role.id} is deleted`, `gcloud iam roles undelete ${id} --project ${project}`);
}

export async function grants(
  api: GoogleApi,
  { settings: { googleProject }, resources }: Subject,
): Promise<Found<undefined>> {
  const path = `v1/projects/${googleProject}:getIamPolicy`;
  const body = { options: { requestedPolicyVersion: 3 } };
  const answer = await api.query("cloudresourcemanager.googleapis.com", path, body, POLICY);
  if (answer.kind !== "ok") return unanswered(answer);
  const { bindings } = answer.value;
  const made = ofType(resources, "grant").map(({ inputs }) => ({
    role: String(inputs.role),
    member: String(inputs.member),
  }));
  const isLive = ({ role, member }: (typeof made)[number]) =>
    bindings.some((binding) => binding.role === role && binding.members.includes(member));
  const missing = made.filter((grant) => !isLive(grant));
  if (missing.length === 0) return fine(made.map(({ role }) => role).join(", "));
  const named = missing.map(({ role, member }) => `${role} for ${member}`).join(", ");
  return problem(`taken away: ${named}, so Vertex refuses the Worker`, REFRESH);
}

/** @returns the live keys of the state */
export async function googleKeys(api: GoogleApi, { resources }: Subject): Promise<Found<LiveKey[]>> {
  const [account] = ofType(resources, "serviceAccount");
  const made = ofType(resources, "googleKey");
  const used = newest(made);
  if (!account || !used) return fine("not needed: workloadIdentity has no Google key", []);
  const answer = await api.list(IAM, `v1/${account.id}/keys`, "keys", KEY, { keyTypes: "USER_MANAGED" });
  if (answer.kind !== "ok") return unanswered(answer);
  const idOf = (name: string) => name.split("/keys/")[1] ?? name;
  const live = new Map(answer.value.map((key) => [idOf(key.name), key]));
  const email = account.id.split("/").at(-1);
  const key = live.get(idOf(used.id));
  if (!key) return problem(`the key of epoch ${epochOf(used)} is gone, so Google refuses the Worker`, REFRESH);
  if (key.disabled) {
    const cure = `gcloud iam service-accounts keys enable ${idOf(used.id)} --iam-account ${email}`;
    return problem(`the key of epoch ${epochOf(used)} is disabled`, cure);
  }
  const known = new Set(made.map(({ id }) => idOf(id)));
  const value = [...live].flatMap(([id, { name, validAfterTime }]) =>
    known.has(id) ? [{ name, createdOn: validAfterTime }] : [],
  );
  const lost = [...live.keys()].filter((id) => !known.has(id));
  if (lost.length === 0) return fine(`epoch ${epochOf(used)}, live`, value);
  const cure = lost.map((id) => `gcloud iam service-accounts keys delete ${id} --iam-account ${email}`).join(" && ");
  return { ...problem(`${lost.length} more that no state names, left by an interrupted run`, cure), usable: { value } };
}
