/** Google's resources, by what they belong to. */
import { projectMember, serviceAccountMember } from "./google-iam.ts";
import { workloadIdentityPool } from "./google-pool.ts";
import { poolProvider } from "./google-pool-provider.ts";
import { customRole } from "./google-role.ts";
import { enabledModel, service } from "./google-service.ts";
import { serviceAccountResources } from "./google-service-account.ts";
import type { ResourceKind } from "./kind.ts";

export const googleResources: Readonly<Record<string, ResourceKind>> = {
  "gcp:projects/service:Service": service,
  "gcp:projects/iAMMember:IAMMember": projectMember,
  "gcp:projects/iAMCustomRole:IAMCustomRole": customRole,
  "gcp:serviceaccount/iAMMember:IAMMember": serviceAccountMember,
  "gcp:vertex/aiModelGardenEnableModel:AiModelGardenEnableModel": enabledModel,
  ...serviceAccountResources,
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": workloadIdentityPool,
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": poolProvider,
};
