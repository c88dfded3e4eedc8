/**
 * Puts Cloudflare Access in front of the Worker. Access decides who reaches the Worker, before the
 * Worker checks a client's token.
 */
import { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Options } from "../settings/index.ts";

/**
 * Creates one policy for machines, which send the two headers of a service token, and one for
 * people, who log in.
 */
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
      // An SDK must get a 401, not a login page.
      serviceAuth401Redirect: true,
      policies: policies.map((policy, index) => ({ ...policy, precedence: index + 1 })),
    },
    // A new hostname gets a new application, so that the old hostname stays protected until it is
    // deleted.
    { ...opts, replaceOnChanges: ["domain"] },
  );
}
