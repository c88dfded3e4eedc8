/** The identity of a stack at Google as a service account, and the keys by which the Worker proves to be it. */
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import { Key } from "@pulumi/gcp/serviceaccount/key.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ResourceNames } from "./names.ts";
import { inSlots, type Rotation, type SecretSlots } from "./rotation.ts";

export interface IdentityArgs {
  parent: pulumi.Resource;
  /** Logical name that those of the resources begin with. */
  name: string;
  project: string;
  names: Pick<ResourceNames, "serviceAccount" | "pool" | "label">;
  rotation: Rotation;
  /** Gives the role that calls Claude to an IAM member. */
  grant(member: pulumi.Input<string>): pulumi.Resource;
  adopt: readonly string[];
  dependsOn: pulumi.Resource[];
}

/** A key for each slot: Google's JSON file in base64. */
export function serviceAccountKeys(args: IdentityArgs): SecretSlots {
  const { parent, name, rotation, grant } = args;
  const account = serviceAccount(args);
  const granted = grant(account.member);
  const mintKey = (epoch: number) =>
    new Key(
      `${name}-key-${epoch}`,
      { serviceAccountId: account.name },
      { parent, dependsOn: [granted], protect: false },
    );
  return inSlots(rotation, (epoch) => mintKey(epoch).privateKey);
}

export function serviceAccount({ parent, name, project, names, adopt, dependsOn }: IdentityArgs): Account {
  const { serviceAccount: accountId } = names;
  const email = `${accountId}@${project}.iam.gserviceaccount.com`;
  const known = adopt.includes("serviceAccount") ? { import: `projects/${project}/serviceAccounts/${email}` } : {};
  return new Account(
    name,
    { project, accountId, displayName: "claude-failover: Claude on Vertex AI" },
    { parent, dependsOn, ...known },
  );
}
