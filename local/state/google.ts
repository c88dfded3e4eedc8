/**
 * The state of a Google Cloud project: APIs, identities and their credentials, roles and grants.
 */
import type { KeyObject } from "node:crypto";
import type { JSONWebKeySet } from "jose";

export interface ServiceAccountKeyState {
  id: string;
  publicKey: KeyObject;
  /** ISO 8601 in whole seconds. */
  createdAt: string;
}

/** role → members */
export type IamPolicy = Map<string, Set<string>>;

export interface ServiceAccount {
  email: string;
  uniqueId: string;
  displayName: string;
  description: string;
  keys: Map<string, ServiceAccountKeyState>;
  /** Who may act as it. */
  policy: IamPolicy;
}

export interface CustomRole {
  title: string;
  description: string;
  /** Launch stage, such as `GA`. */
  stage: string;
  permissions: ReadonlySet<string>;
  /** A deleted role keeps its id. Creating it again restores the role. */
  deleted: boolean;
}

export interface WorkloadIdentityPool {
  id: string;
  displayName: string;
  description: string;
  disabled: boolean;
  /** A deleted pool keeps its id for 30 days. */
  deleted: boolean;
  /** Only of a deleted pool: when the 30 days end. ISO 8601 in whole seconds. */
  expireTime?: string;
  providers: Map<string, WorkloadIdentityProvider>;
}

/** An OIDC provider with uploaded keys. */
export interface WorkloadIdentityProvider {
  id: string;
  displayName: string;
  description: string;
  disabled: boolean;
  deleted: boolean;
  /** As for a pool. */
  expireTime?: string;
  issuerUri: string;
  /** Exactly as uploaded. */
  jwksJson: string;
  jwks: JSONWebKeySet;
  /** If empty, the audience is the provider's resource name. */
  allowedAudiences: readonly string[];
  attributeMapping: Readonly<Record<string, string>>;
  /** The claim that becomes `google.subject`. */
  subjectClaim: string;
}

export interface GoogleProject {
  id: string;
  number: string;
  lifecycleState: "ACTIVE" | "DELETE_REQUESTED";
  /** Such as `billingAccounts/000000-000000-000000`; "" when billing is off. */
  billingAccount: string;
  enabledServices: Set<string>;
  serviceAccounts: Map<string, ServiceAccount>;
  policy: IamPolicy;
  /** By role id. */
  customRoles: Map<string, CustomRole>;
  /** By pool id. All pools are in the location `global`. */
  pools: Map<string, WorkloadIdentityPool>;
  /** Enabled in Model Garden, as `publishers/{publisher}/models/{model}`. */
  enabledModels: Set<string>;
  /** Models, by their Vertex ids, whose terms nobody has accepted. Google refuses them. */
  modelsWithoutTerms: Set<string>;
  /**
   * Requests per minute, by base model (`anthropic-claude-opus`), or by location and base model
   * (`us-east5/anthropic-claude-sonnet-4-6`). With 0 Google refuses every request.
   */
  quotaOverrides: Map<string, number>;
  /** Whether an organization policy denies service account keys. */
  keyCreationDisabled: boolean;
  /** The values that an organization policy allows for locations; null when it allows all. */
  resourceLocations: readonly string[] | null;
}

/**
 * A project as `gcloud projects create` leaves it, with billing. The two APIs needed to enable
 * other APIs are enabled.
 */
export function addProject(state: { projects: Map<string, GoogleProject> }, id: string, number: string): GoogleProject {
  const project: GoogleProject = {
    id,
    number,
    lifecycleState: "ACTIVE",
    billingAccount: "billingAccounts/01LOCA-LCLOUD-000000",
    enabledServices: new Set(["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"]),
    serviceAccounts: new Map(),
    policy: new Map(),
    customRoles: new Map(),
    pools: new Map(),
    enabledModels: new Set(),
    modelsWithoutTerms: new Set(),
    quotaOverrides: new Map(),
    keyCreationDisabled: false,
    resourceLocations: null,
  };
  state.projects.set(id, project);
  return project;
}
