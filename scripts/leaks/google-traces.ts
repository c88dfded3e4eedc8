/** What stacks of this project may have made in a Google Cloud project. */
import { z } from "zod";
import { type Answer, requireValue } from "../clouds/api-client.ts";
import type { GoogleApi } from "../clouds/google.ts";
import { keyOf } from "./held.ts";
import type { Owner, Ownership } from "./ownership.ts";
import type { Trace } from "./trace.ts";

const IAM = "iam.googleapis.com";
const RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com";

const ACCOUNT = z.object({ name: z.string(), email: z.string(), description: z.string().optional() });
const KEY = z.object({ name: z.string(), validAfterTime: z.string().optional() });
const ROLE = z.object({ name: z.string(), description: z.string().optional(), deleted: z.boolean().default(false) });
const POOL = z.object({
  name: z.string(),
  description: z.string().optional(),
  state: z.string().default("ACTIVE"),
  expireTime: z.string().optional(),
});
/** Loose, because a policy is written back as it was read. */
const BINDING = z.looseObject({
  role: z.string(),
  members: z.array(z.string()).default([]),
  condition: z.unknown().optional(),
});
const POLICY = z.looseObject({
  etag: z.string().optional(),
  version: z.number().optional(),
  bindings: z.array(BINDING).default([]),
});
type Policy = z.infer<typeof POLICY>;

/** Google keeps the id of a deleted role: 7 days to restore it, and up to 37 until it is gone. */
const ROLE_KEPT = "up to 44 days after its deletion";

export interface GoogleProject {
  id: string;
  google: GoogleApi;
}

/** What Google's lists say. One read serves the look for stacks' labels and the traces. */
export async function readGoogle({ id, google }: GoogleProject) {
  const at = `v1/projects/${id}`;
  const pools = `${at}/locations/global/workloadIdentityPools`;
  const body = { options: { requestedPolicyVersion: 3 } };
  const [accounts, roles, allPools, policy] = await Promise.all([
    google.list(IAM, `${at}/serviceAccounts`, "accounts", ACCOUNT),
    google.list(IAM, `${at}/roles`, "roles", ROLE, { showDeleted: true, view: "FULL" }),
    google.list(IAM, pools, "workloadIdentityPools", POOL, { showDeleted: true }),
    google.query(RESOURCE_MANAGER, `${at}:getIamPolicy`, body, POLICY),
  ]);
  return {
    accounts: requireValue(accounts, "the list of service accounts"),
    roles: requireValue(roles, "the list of custom roles"),
    pools: requireValue(allPools, "the list of workload identity pools"),
    policy: requireValue(policy, `the IAM policy of ${id}`),
  };
}

export type GoogleInventory = Awaited<ReturnType<typeof readGoogle>>;

export async function googleTraces(
  project: GoogleProject,
  { accounts, roles, pools, policy }: GoogleInventory,
  ownership: Ownership,
): Promise<Trace[]> {
  const { id, google } = project;
  const emailSuffix = `@${id}.iam.gserviceaccount.com`;
  const accountOwner = (email: string, label?: string): Owner =>
    email.endsWith(emailSuffix)
      ? ownership.of("serviceAccount", email.slice(0, -emailSuffix.length), label)
      : { kind: "foreign" };
  const labels = new Map(accounts.map(({ email, description }) => [email, description]));
  const poolLabels = new Map(pools.map(({ name, description }) => [lastPart(name), description]));
  const poolOwner = (pool: string) => ownership.of("pool", pool, poolLabels.get(pool));
  const roleOwner = (role: string, label?: string) => ownership.of("role", lastPart(role), label);
  const remove = (name: string) => () => google.send("delete", IAM, `v1/${name}`, z.unknown());
  const trace = (
    kind: string,
    name: string,
    owner: Owner,
    key: string,
    more: Partial<Trace> & Pick<Trace, "delete">,
  ): Trace => ({ cloud: "Google", kind, name, owner, key, createdMs: undefined, keptUntil: undefined, ...more });

  const keys = await Promise.all(
    accounts
      .map((account) => ({ account, owner: accountOwner(account.email, account.description) }))
      .filter(({ owner }) => owner.kind === "ours")
      .map(async ({ account, owner }) => {
        const path = `v1/${account.name}/keys`;
        const found = await google.list(IAM, path, "keys", KEY, { keyTypes: "USER_MANAGED" });
        return requireValue(found, `the keys of ${account.email}`).map((key) =>
          trace(
            "service account key",
            `${lastPart(key.name)} of ${account.email}`,
            owner,
            keyOf("key", lastPart(key.name)),
            {
              createdMs: key.validAfterTime === undefined ? undefined : Date.parse(key.validAfterTime),
              delete: remove(key.name),
            },
          ),
        );
      }),
  );
  const memberOwner = (member: string): Owner => {
    const email = /^(?:deleted:)?serviceAccount:(?<email>[^?]+)/.exec(member)?.groups?.email;
    if (email !== undefined) return accountOwner(email, labels.get(email));
    const pool = /\/workloadIdentityPools\/(?<pool>[^/]+)\/subject\//.exec(member)?.groups?.pool;
    return pool === undefined ? { kind: "foreign" } : poolOwner(pool);
  };
  return [
    ...policy.bindings
      .filter(({ condition }) => condition === undefined)
      .flatMap(({ role, members }) =>
        members.map((member) =>
          trace("grant", `${role} to ${member}`, memberOwner(member), keyOf("grant", id, role, member), {
            delete: () => removeGrant(project, role, member),
          }),
        ),
      ),
    ...keys.flat(),
    ...accounts.map(({ name, email, description }) =>
      trace(
        "service account",
        email,
        accountOwner(email, description),
        keyOf("service account", id, email.slice(0, email.indexOf("@"))),
        { delete: remove(name) },
      ),
    ),
    ...pools.map(({ name, state, expireTime }) =>
      trace("workload identity pool", lastPart(name), poolOwner(lastPart(name)), keyOf("pool", id, lastPart(name)), {
        keptUntil: state === "DELETED" ? (expireTime ?? "30 days after its deletion") : undefined,
        delete: remove(name),
      }),
    ),
    ...roles.map(({ name, description, deleted }) =>
      trace("custom role", lastPart(name), roleOwner(name, description), keyOf("role", id, lastPart(name)), {
        keptUntil: deleted ? ROLE_KEPT : undefined,
        delete: remove(name),
      }),
    ),
  ];
}

/**
 * A policy is replaced as a whole. The etag makes Google refuse it if somebody has changed the
 * policy in between.
 */
async function removeGrant({ id, google }: GoogleProject, role: string, member: string): Promise<Answer<unknown>> {
  const at = `v1/projects/${id}`;
  const body = { options: { requestedPolicyVersion: 3 } };
  const read = await google.query(RESOURCE_MANAGER, `${at}:getIamPolicy`, body, POLICY);
  if (read.kind !== "ok") return read;
  const policy = { ...read.value, bindings: without(read.value.bindings, role, member) };
  return google.send("post", RESOURCE_MANAGER, `${at}:setIamPolicy`, z.unknown(), { policy });
}

function without(bindings: Policy["bindings"], role: string, member: string): Policy["bindings"] {
  return bindings
    .map((binding) =>
      binding.role === role && binding.condition === undefined
        ? { ...binding, members: binding.members.filter((other) => other !== member) }
        : binding,
    )
    .filter(({ members }) => members.length > 0);
}

function lastPart(name: string): string {
  return name.split("/").at(-1) ?? name;
}
