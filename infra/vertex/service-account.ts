/**
 * Creates a service account as the stack's identity at Google, and the keys with which the Worker
 * authenticates as that account.
 */
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import { Key } from "@pulumi/gcp/serviceaccount/key.js";
import type * as pulumi from "@pulumi/pulumi";
import type { ResourceNames } from "../names.ts";
import { plain } from "../shared/plain.ts";
import { currentAndPrevious, type Rotation, type SecretPair } from "../shared/rotation.ts";

export interface IdentityArgs {
  parent: pulumi.Resource;
  /** Prefix of the resources' logical names. */
  name: string;
  project: pulumi.Input<string>;
  names: Pick<ResourceNames, "serviceAccount" | "pool" | "label">;
  rotation: Rotation;
  /**
   * Grants the role that may call Claude to an IAM member. `who` is a name for the member that is
   * already known in a preview.
   */
  grant(member: pulumi.Input<string>, who: string): pulumi.Resource;
  adopt: readonly string[];
  dependsOn: pulumi.Resource[];
}

export interface Identity {
  /** Secret: `GoogleCredential` objects for the Worker, as JSON in base64. */
  credentials: SecretPair;
  /** Undefined if the Worker acts as the principal of the workload identity pool. */
  serviceAccount: Account | undefined;
}

/**
 * Creates the service account with its current and its previous key. A credential is Google's JSON
 * file in base64.
 */
export function serviceAccountKeys(args: IdentityArgs): Identity {
  const { parent, name, rotation, grant } = args;
  const account = serviceAccount(args);
  const granted = grant(account.member, args.names.serviceAccount);
  const mintKey = (epoch: number) =>
    new Key(
      `${name}-key-${epoch}`,
      { serviceAccountId: account.name },
      { parent, dependsOn: [granted], protect: false },
    );
  return { credentials: currentAndPrevious(rotation, (epoch) => mintKey(epoch).privateKey), serviceAccount: account };
}

export function serviceAccount({ parent, name, project, names, adopt, dependsOn }: IdentityArgs): Account {
  const { serviceAccount: accountId } = names;
  const existing = () => {
    const id = plain(project, "googleProject");
    return { import: `projects/${id}/serviceAccounts/${accountId}@${id}.iam.gserviceaccount.com` };
  };
  return new Account(
    name,
    { project, accountId, displayName: "claude-failover: Claude on Vertex AI" },
    { parent, dependsOn, ...(adopt.includes("serviceAccount") ? existing() : {}) },
  );
}
