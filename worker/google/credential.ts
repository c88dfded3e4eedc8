/**
 * The Worker's credential at Google: a service account's key, or a signing key that a workload
 * identity pool trusts.
 */
import { isText } from "../is-text.ts";

/** The part of a service account's key file that signing needs. */
export interface ServiceAccountKey {
  type: "service_account";
  client_email: string;
  /** PKCS #8, PEM, RSA. */
  private_key: string;
  private_key_id: string;
  token_uri: string;
}

/**
 * No Google key at all: the Worker signs for a workload identity pool that trusts its public key.
 */
export interface WorkloadIdentity {
  type: "workload_identity";
  /** PKCS #8, PEM, EC P-256. */
  private_key: string;
  private_key_id: string;
  issuer: string;
  subject: string;
  /**
   * `//iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/{POOL}/providers/{PROVIDER}`
   */
  audience: string;
  /** The service account to act as; absent: the pool's principal is granted access itself. */
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
