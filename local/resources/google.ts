/** Google's resources, by what they belong to. */
import { iamResources } from "./google-iam.ts";
import { serviceAccountResources } from "./google-service-account.ts";
import { workloadIdentityResources } from "./google-workload-identity.ts";
import type { ResourceKind } from "./kind.ts";

export const googleResources: Readonly<Record<string, ResourceKind>> = {
  ...iamResources,
  ...serviceAccountResources,
  ...workloadIdentityResources,
};
