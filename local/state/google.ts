/** What a project at Google has: APIs, identities and what proves them, roles and grants. */
import type { KeyObject } from "node:crypto";
import type { JSONWebKeySet } from "jose";

export interface ServiceAccountKeyState {
  id: string;
  publicKey: KeyObject;
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
  /** Roles are deleted softly: the id stays taken, and creating it again brings the role back. */
  deleted: boolean;
}

export interface WorkloadIdentityPool {
  id: string;
  displayName: string;
  description: string;
  disabled: boolean;
  /** Pools are deleted softly: the id stays taken for 30 days. */
  deleted: boolean;
  providers: Map<string, WorkloadIdentityProvider>;
}

/** An OIDC provider whose keys were uploaded. */
export interface WorkloadIdentityProvider {
  id: string;
  displayName: string;
  description: string;
  disabled: boolean;
  deleted: boolean;
  issuerUri: string;
  /** As it was uploaded. */
  jwksJson: string;
  jwks: JSONWebKeySet;
  /** Empty: the provider's own resource name is the audience. */
  allowedAudiences: readonly string[];
  attributeMapping: Readonly<Record<string, string>>;
  /** The claim that becomes `google.subject`. */
  subjectClaim: string;
}

export interface GoogleProject {
  id: string;
  number: string;
  enabledServices: Set<string>;
  serviceAccounts: Map<string, ServiceAccount>;
  policy: IamPolicy;
  /** By role id. */
  customRoles: Map<string, CustomRole>;
  /** By pool id; all are in the location `global`. */
  pools: Map<string, WorkloadIdentityPool>;
  /** Enabled in Model Garden, as `publishers/{publisher}/models/{model}`. */
  enabledModels: Set<string>;
  /** Whether an organisation policy denies service account keys. */
  keyCreationDisabled: boolean;
}

/** A project as `gcloud projects create` and billing leave it: the two APIs that enabling others needs are on. */
export function addProject(state: { projects: Map<string, GoogleProject> }, id: string, number: string): GoogleProject {
  const project: GoogleProject = {
    id,
    number,
    enabledServices: new Set(["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"]),
    serviceAccounts: new Map(),
    policy: new Map(),
    customRoles: new Map(),
    pools: new Map(),
    enabledModels: new Set(),
    keyCreationDisabled: false,
  };
  state.projects.set(id, project);
  return project;
}
