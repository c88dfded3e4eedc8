/**
 * A service account as the stack's identity at Google, and the keys by which the Worker
 * authenticates as it.
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
   * Grants the role that may call Claude to an IAM member. `who` names the member and is known in a
   * preview.
   */
  grant(member: pulumi.Input<string>, who: string): pulumi.Resource;
  adopt: readonly string[];
  dependsOn: pulumi.Resource[];
}

export interface Identity {
  /** Secret: a `GoogleCredential` of the Worker as JSON in base64. */
  credentials: SecretPair;
  /** Absent where the Worker acts as the workload identity pool's principal. */
  serviceAccount: Account | undefined;
}

/** The current and the previous key: Google's JSON file in base64. */
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
