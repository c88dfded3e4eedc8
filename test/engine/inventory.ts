/** What a stack has made in the clouds, and must not leave there. */
import type { CloudflareAccount, GoogleProject } from "../../local/state/index.ts";

/** All there is, but for what Google keeps: enabled APIs, models, and the ids of deleted roles and pools. */
export function inventory(account: CloudflareAccount, project: GoogleProject): string[] {
  const { gateways, scripts, tokens, customDomains, accessApplications } = account;
  const { serviceAccounts, policy, customRoles, pools } = project;
  const live = (things: Map<string, { deleted: boolean }>) => [...things].filter(([, { deleted }]) => !deleted);
  return [
    ...[gateways, scripts, tokens, customDomains, accessApplications, serviceAccounts].flatMap((made) => [
      ...made.keys(),
    ]),
    ...[...live(customRoles), ...live(pools)].map(([id]) => id),
    ...[...policy].flatMap(([role, members]) => [...members].map((member) => `${role} ${member}`)),
  ];
}
