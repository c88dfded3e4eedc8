/** The resources in the clouds that a destroyed stack must not leave behind. */
import type { CloudflareAccount, GoogleProject } from "../../local/state/index.ts";

/**
 * Everything except for what Google keeps: enabled APIs, models, and the ids of deleted roles and
 * pools.
 */
export function inventory(account: CloudflareAccount, project: GoogleProject): string[] {
  // The program has created everything else in the account and the project.
  const { id: _id, subdomain, deployTokens, deployTokenLimits, zones, workerLog, ...atCloudflare } = account;
  const { id, number, lifecycleState, billingAccount, resourceLocations, keyCreationDisabled, ...google } = project;
  const { enabledServices, enabledModels, modelsWithoutTerms, quotaOverrides, ...atGoogle } = google;
  const { policy, customRoles, pools, ...others } = atGoogle;
  const live = (things: Map<string, { deleted: boolean }>) => [...things].filter(([, { deleted }]) => !deleted);
  return [
    ...[atCloudflare, others]
      .flatMap((made) => Object.values<Map<string, unknown>>(made))
      .flatMap((made) => [...made.keys()]),
    ...[...live(customRoles), ...live(pools)].map(([id]) => id),
    ...[...policy].flatMap(([role, members]) => [...members].map((member) => `${role} ${member}`)),
  ];
}
