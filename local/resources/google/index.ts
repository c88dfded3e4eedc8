/** Google's resources by Pulumi type. */

import type { ResourceType } from "../resource-type.ts";
import { projectMember, serviceAccountMember } from "./iam.ts";
import { workloadIdentityPool } from "./pool.ts";
import { poolProvider } from "./pool-provider.ts";
import { customRole } from "./role.ts";
import { enabledModel, service } from "./service.ts";
import { serviceAccountResources } from "./service-account.ts";

export const googleResources: Readonly<Record<string, ResourceType>> = {
  "gcp:projects/service:Service": service,
  "gcp:projects/iAMMember:IAMMember": projectMember,
  "gcp:projects/iAMCustomRole:IAMCustomRole": customRole,
  "gcp:serviceaccount/iAMMember:IAMMember": serviceAccountMember,
  "gcp:vertex/aiModelGardenEnableModel:AiModelGardenEnableModel": enabledModel,
  ...serviceAccountResources,
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": workloadIdentityPool,
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": poolProvider,
};
