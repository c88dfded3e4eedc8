/**
 * Makes the Worker's address under workers.dev. It contains the account's name there, which comes
 * from the setting `workersSubdomain` or from a look-up. If the look-up fails, the stack has no
 * `url` output, and everything else works.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { askCloudflare } from "../shared/cloudflare-api.ts";

export function workersDevUrl(
  accountId: pulumi.Input<string>,
  scriptName: string,
  workersSubdomain: string | undefined,
): pulumi.Output<string | undefined> {
  const subdomain = workersSubdomain ?? pulumi.output(accountId).apply(lookUp);
  return pulumi.output(subdomain).apply((name) => (name ? `https://${scriptName}.${name}.workers.dev` : undefined));
}

async function lookUp(accountId: string): Promise<string | undefined> {
  const answer = await askCloudflare(accountId, "workers/subdomain", z.object({ subdomain: z.string().min(1) }));
  if (answer.kind === "found") return answer.result.subdomain;
  const why =
    answer.kind === "failed"
      ? answer.why
      : "this account has no name under workers.dev yet (dash.cloudflare.com, Workers & Pages, Subdomain)";
  await pulumi.log.warn(`The URL is not known: ${why}. Set it: pulumi config set workersSubdomain NAME`);
  return undefined;
}
