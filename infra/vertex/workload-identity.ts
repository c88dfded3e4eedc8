/**
 * Creates an identity at Google that needs no Google key. Pulumi creates an EC key pair. A workload
 * identity pool of this stack trusts the public key, and the Worker signs with the private key. The
 * pool trusts the current and the previous key before the Worker is uploaded, so the Worker can
 * sign with either key.
 */
import { WorkloadIdentityPool } from "@pulumi/gcp/iam/workloadIdentityPool.js";
import { WorkloadIdentityPoolProvider } from "@pulumi/gcp/iam/workloadIdentityPoolProvider.js";
import { IAMMember } from "@pulumi/gcp/serviceaccount/iammember.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { PrivateKey } from "@pulumi/tls/privateKey.js";
import type { WorkloadIdentity } from "../../worker/google/credential.ts";
import { oneOfAKind } from "../shared/one-of-a-kind.ts";
import { currentAndPrevious, mapPair, valuesOf } from "../shared/rotation.ts";
import { publicJwk } from "./jwk.ts";
import { type Identity, type IdentityArgs, serviceAccount } from "./service-account.ts";

/** The only `google.subject` of the pool. */
const SUBJECT = "claude-failover-worker";
const PROVIDER_ID = "worker";

export interface WorkloadIdentityArgs extends IdentityArgs {
  issuer: pulumi.Input<string>;
  impersonate: boolean;
}

/**
 * Creates the current and the previous credential: the Worker's `WorkloadIdentity` as JSON in
 * base64.
 */
export function workloadIdentity(args: WorkloadIdentityArgs): Identity {
  const { parent, name, project, names, rotation, grant, issuer, impersonate, dependsOn } = args;

  const makeKey = (epoch: number) => {
    const key = new PrivateKey(
      `${name}-signing-key-${epoch}`,
      { algorithm: "ECDSA", ecdsaCurve: "P256" },
      {
        parent,
        protect: false,
      },
    );
    return { privateKey: pulumi.secret(key.privateKeyPemPkcs8), jwk: key.publicKeyPem.apply(publicJwk) };
  };
  const keys = currentAndPrevious(rotation, makeKey);
  // The id of a deleted pool stays reserved for 30 days.
  const suffix = new RandomId(`${name}-pool-suffix`, { byteLength: 3 }, { parent });
  const pool = new WorkloadIdentityPool(
    `${name}-pool`,
    {
      project,
      workloadIdentityPoolId: pulumi.interpolate`${names.pool}-${suffix.hex}`,
      displayName: "claude-failover",
      description: names.label,
    },
    { parent, dependsOn },
  );
  const provider = new WorkloadIdentityPoolProvider(
    `${name}-pool-provider`,
    {
      project,
      workloadIdentityPoolId: pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: PROVIDER_ID,
      attributeMapping: { "google.subject": "assertion.sub" },
      oidc: { issuerUri: issuer, jwksJson: pulumi.jsonStringify({ keys: valuesOf(keys).map(({ jwk }) => jwk) }) },
    },
    { parent },
  );
  // The grant waits for the provider. If the provider fails and needs a new pool, no grant for the
  // old pool is left over.
  const principal = pulumi
    .all([pool.name, provider.name])
    .apply(([poolName]) => `principal://iam.googleapis.com/${poolName}/subject/${SUBJECT}`);

  const actAs = () => {
    const account = serviceAccount(args);
    const role = "roles/iam.workloadIdentityUser";
    const acting = new IAMMember(
      ...oneOfAKind(
        `${name}-acting`,
        args.names.serviceAccount,
        { serviceAccountId: account.name, role, member: principal },
        { parent },
      ),
    );
    const granted = grant(account.member, args.names.serviceAccount);
    return { account, grants: [acting, granted] };
  };
  const actor = impersonate ? actAs() : { account: undefined, grants: [grant(principal, `pool-${names.pool}`)] };
  // The credential waits for the grants, because the Worker uses it as soon as it has it.
  const audience = pulumi
    .all([provider.name, ...actor.grants.map(({ urn }) => urn)])
    .apply(([resource]) => `//iam.googleapis.com/${resource}`);

  const credentials = mapPair(keys, ({ privateKey, jwk }) => {
    const credential: { [Key in keyof WorkloadIdentity]: pulumi.Input<WorkloadIdentity[Key]> } = {
      type: "workload_identity",
      private_key: privateKey,
      private_key_id: jwk.kid,
      issuer,
      subject: SUBJECT,
      audience,
      ...(actor.account ? { service_account: actor.account.email } : {}),
    };
    return toBase64(credential);
  });
  return { credentials, serviceAccount: actor.account };
}

function toBase64(credential: pulumi.Input<object>): pulumi.Output<string> {
  return pulumi.jsonStringify(credential).apply((json) => Buffer.from(json).toString("base64"));
}
