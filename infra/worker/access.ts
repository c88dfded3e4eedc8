/** Cloudflare Access in front of the Worker: who may reach it at all, before a client's token is looked at. */
import { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Options } from "../settings/index.ts";

/** Machines pass by a service token's two headers, people by a login; each kind has a policy of its own. */
export function accessInFront(
  name: string,
  { serviceTokenIds, emailDomains, emails }: NonNullable<Options["access"]>,
  { accountId, hostname }: { accountId: pulumi.Input<string>; hostname: string },
  opts: pulumi.CustomResourceOptions,
): ZeroTrustAccessApplication {
  const machines = serviceTokenIds.map((tokenId) => ({ serviceToken: { tokenId } }));
  const people = [
    ...emailDomains.map((domain) => ({ emailDomain: { domain } })),
    ...emails.map((email) => ({ email: { email } })),
  ];
  const policies = [
    { name: "machines", decision: "non_identity", includes: machines },
    { name: "people", decision: "allow", includes: people },
  ].filter(({ includes }) => includes.length > 0);
  return new ZeroTrustAccessApplication(
    name,
    {
      accountId,
      name: hostname,
      type: "self_hosted",
      domain: hostname,
      // An SDK must meet a 401, not a login page.
      serviceAuth401Redirect: true,
      policies: policies.map((policy, index) => ({ ...policy, precedence: index + 1 })),
    },
    // Another host name gets an application of its own: the old one stays behind its gate until nobody serves it any more.
    { ...opts, replaceOnChanges: ["domain"] },
  );
}
