/**
 * Puts Cloudflare Access in front of the Worker. Access decides who reaches the Worker, before the
 * Worker checks a client's token. A hostname has an application of its own, because one of the
 * account's applications for `*.example.com` would otherwise come before an application for the
 * Worker. The address at workers.dev is protected as the Worker itself, wherever it is reached.
 * Source: developers.cloudflare.com, "Protect a Worker with Access".
 */
import { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Options } from "../settings/index.ts";

/** What an application protects. */
export type Protected =
  | { kind: "hostname"; hostname: string }
  | { kind: "worker"; scriptName: string; workerId: pulumi.Input<string> };

/**
 * Creates one policy for machines, which send the two headers of a service token, and one for
 * people, who log in.
 */
export function accessInFront(
  name: string,
  { serviceTokenIds, emailDomains, emails }: NonNullable<Options["access"]>,
  accountId: pulumi.Input<string>,
  what: Protected,
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
      type: "self_hosted",
      ...destination(what),
      // An SDK must get a 401, not a login page.
      serviceAuth401Redirect: true,
      policies: policies.map((policy, index) => ({ ...policy, precedence: index + 1 })),
    },
    // A new address gets a new application, so that the old address stays protected until it is
    // deleted.
    { ...opts, replaceOnChanges: ["domain", "destinations"] },
  );
}

function destination(what: Protected) {
  switch (what.kind) {
    case "hostname":
      return { name: what.hostname, domain: what.hostname };
    case "worker":
      return { name: what.scriptName, destinations: [{ type: "worker", workerId: what.workerId }] };
  }
}
