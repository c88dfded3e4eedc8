/**
 * Who may call Claude on Vertex: a service account of this stack's own, its role, and a key. APIs stay enabled when the
 * stack goes, since others in the project may need them.
 */

import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import { Service } from "@pulumi/gcp/projects/service.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import { Key } from "@pulumi/gcp/serviceaccount/key.js";
import * as pulumi from "@pulumi/pulumi";

export interface VertexAccessArgs {
  /** Google Cloud project id. */
  project: string;
  /** Service account id: 6 to 30 characters, `[a-z][-a-z0-9]*[a-z0-9]`. */
  accountId: string;
}

export class VertexAccess extends pulumi.ComponentResource {
  /** Secret: the service account's JSON key file in base64. */
  readonly credential: pulumi.Output<string>;

  constructor(name: string, args: VertexAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("claude-failover:index:VertexAccess", name, {}, opts);
    const { project } = args;
    const parent = { parent: this };

    const enable = (service: string) =>
      new Service(
        `${name}-${service}`,
        { project, service: `${service}.googleapis.com`, disableOnDestroy: false },
        parent,
      );
    const aiplatform = enable("aiplatform");
    const iam = enable("iam");
    const account = new Account(
      name,
      { project, accountId: args.accountId, displayName: "claude-failover: Claude on Vertex AI" },
      { parent: this, dependsOn: [iam] },
    );
    const role = new IAMMember(
      `${name}-user`,
      { project, role: "roles/aiplatform.user", member: account.member },
      { parent: this, dependsOn: [aiplatform] },
    );
    const key = new Key(`${name}-key`, { serviceAccountId: account.name }, { parent: this, dependsOn: [role] });

    this.credential = pulumi.secret(key.privateKey);
    this.registerOutputs({});
  }
}
