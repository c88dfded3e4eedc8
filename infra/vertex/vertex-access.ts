/**
 * Creates what the Worker needs to call Claude on Vertex: enabled APIs, a role, an identity that
 * only this stack uses, and the credential of that identity. The APIs stay enabled when the stack
 * is destroyed, because others in the project may need them.
 */
import { IAMCustomRole } from "@pulumi/gcp/projects/iamcustomRole.js";
import { IAMMember } from "@pulumi/gcp/projects/iammember.js";
import { Service } from "@pulumi/gcp/projects/service.js";
import type { Account } from "@pulumi/gcp/serviceaccount/account.js";
import * as pulumi from "@pulumi/pulumi";
import type { ResourceNames } from "../names.ts";
import type { Options } from "../settings/index.ts";
import { withErrorHints } from "../shared/error-hints.ts";
import { oneOfAKind } from "../shared/one-of-a-kind.ts";
import { plain } from "../shared/plain.ts";
import { FIRST_EPOCH, mapPair, type Rotation, type SecretPair } from "../shared/rotation.ts";
import { enableModels } from "./model-garden.ts";
import { serviceAccountKeys } from "./service-account.ts";
import { workloadIdentity } from "./workload-identity.ts";

/**
 * The only permission that inference and token counting need. Source: code.claude.com "Google
 * Vertex AI", IAM configuration.
 */
const PREDICT = "aiplatform.endpoints.predict";

export interface VertexAccessArgs {
  /** Google Cloud project id. */
  project: pulumi.Input<string>;
  names: Pick<ResourceNames, "serviceAccount" | "role" | "pool" | "label">;
  /**
   * Issuer of the Worker's own tokens: a URL that nobody else can own. Only `workloadIdentity` uses
   * it.
   */
  issuer: pulumi.Input<string>;
  /** How the Worker authenticates. Default: `serviceAccountKey`. */
  googleAuth?: Options["googleAuth"];
  /** Whether the Worker acts as a service account. Only `workloadIdentity` uses it. Default: no. */
  googleImpersonation?: boolean;
  /** The role of the Worker's identity. Default: `aiplatform.user`. */
  googleRole?: Options["googleRole"];
  /** Rotation of the service account's key, or of the signing key. Default: the first epoch. */
  rotation?: Rotation;
  /** The models to enable in Model Garden. Default: none. */
  modelGarden?: Options["modelGarden"];
  /** Existing resources with these names that the stack takes over. Default: none. */
  adopt?: Options["adopt"];
}

export class VertexAccess extends pulumi.ComponentResource {
  /** Secret: `GoogleCredential` objects for the Worker, as JSON in base64. */
  readonly credentials: SecretPair;
  /** Resources of this component, for programs that need more than the outputs. */
  readonly nodes: { readonly serviceAccount: Account | undefined };

  constructor(name: string, args: VertexAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    // The state must not record `adopt`, which applies to a single run.
    const { adopt = [], ...inputs } = args;
    super("claude-failover:index:VertexAccess", name, inputs, withErrorHints(name, opts));
    const { project, names, googleAuth = "serviceAccountKey", googleRole = "aiplatform.user" } = args;
    const { googleImpersonation = false } = args;

    const enable = (api: string) =>
      new Service(
        `${name}-${api}`,
        { project, service: `${api}.googleapis.com`, disableOnDestroy: false },
        { parent: this, protect: false },
      );
    const makeRole = () =>
      new IAMCustomRole(
        `${name}-role`,
        { project, roleId: names.role, title: `${names.serviceAccount}: predict`, permissions: [PREDICT], stage: "GA" },
        {
          parent: this,
          dependsOn: [iam],
          ...(adopt.includes("role")
            ? { import: `projects/${plain(project, "googleProject")}/roles/${names.role}` }
            : {}),
        },
      ).name;
    const grant = (member: pulumi.Input<string>, who: string) =>
      new IAMMember(
        ...oneOfAKind(
          `${name}-user`,
          [googleRole, who, ...(typeof project === "string" ? [project] : [])].join("-"),
          { project, role, member },
          { parent: this, dependsOn: [aiplatform] },
        ),
      );

    const aiplatform = enable("aiplatform");
    const iam = enable("iam");
    const role = googleRole === "predictOnly" ? makeRole() : "roles/aiplatform.user";
    const identity = { parent: this, name, project, names, rotation: args.rotation ?? FIRST_EPOCH, grant, adopt };

    const prove = {
      serviceAccountKey: () => serviceAccountKeys({ ...identity, dependsOn: [iam] }),
      workloadIdentity: () =>
        workloadIdentity({
          ...identity,
          issuer: args.issuer,
          impersonate: googleImpersonation,
          dependsOn: [iam, enable("sts"), ...(googleImpersonation ? [enable("iamcredentials")] : [])],
        }),
    };
    const { credentials, serviceAccount } = prove[googleAuth]();
    this.credentials = mapPair(credentials, (credential) => pulumi.secret(credential));
    this.nodes = { serviceAccount };
    if (args.modelGarden) enableModels(name, args.modelGarden, project, { parent: this, dependsOn: [aiplatform] });
    this.registerOutputs({});
  }
}
