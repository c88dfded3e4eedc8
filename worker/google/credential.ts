/**
 * The Worker's credential at Google: a service account's key, or a signing key that a workload
 * identity pool trusts.
 */
import { isText } from "../is-text.ts";

/** The part of a service account's key file that signing needs. */
export interface ServiceAccountKey {
  type: "service_account";
  client_email: string;
  /** An RSA key in PEM and PKCS #8. */
  private_key: string;
  private_key_id: string;
  token_uri: string;
}

/**
 * A credential without a Google key. The Worker signs tokens for a workload identity pool that
 * trusts its public key.
 */
export interface WorkloadIdentity {
  type: "workload_identity";
  /** An EC P-256 key in PEM and PKCS #8. */
  private_key: string;
  private_key_id: string;
  issuer: string;
  subject: string;
  /**
   * The pool's provider:
   * `//iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/{POOL}/providers/{PROVIDER}`
   */
  audience: string;
  /**
   * The service account as which the Worker acts. If absent, the pool's principal itself has
   * access.
   */
  service_account?: string;
}

export type GoogleCredential = ServiceAccountKey | WorkloadIdentity;

export function isCredential(value: GoogleCredential): boolean {
  switch (value.type) {
    case "service_account":
      return [value.client_email, value.private_key, value.private_key_id, value.token_uri].every(isText);
    case "workload_identity":
      return [value.private_key, value.private_key_id, value.issuer, value.subject, value.audience].every(isText);
    default:
      return false;
  }
}
