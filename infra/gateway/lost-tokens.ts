/**
 * A run that is killed while Cloudflare mints a token leaves a token that is in no state. It may
 * run every AI Gateway of the account. So before a token is minted, its name is looked up; a token
 * that exists already is reported with the command that deletes it.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { askCloudflare, baseUrl } from "../shared/cloudflare-api.ts";
import { hookName } from "../shared/hook-name.ts";

/** Newest first: a token of an interrupted run is among the newest. */
const LIST = "tokens?direction=desc&per_page=50";

const TOKENS = z.array(z.object({ id: z.string(), name: z.string() }));

/** @param logicalName of the token; @param parent the resource that it is below */
export function reportLostTokens(logicalName: string, parent: pulumi.Resource): pulumi.ResourceHookBinding {
  const lookUp = async ({ newInputs }: pulumi.ResourceHookArgs) => {
    const { accountId, name } = newInputs as { accountId: string; name: string }; // those of an AccountToken
    const answer = await askCloudflare(accountId, LIST, TOKENS);
    // A look-up that failed is no reason to stop: minting reports what Cloudflare refuses.
    if (answer.kind !== "found") return;
    for (const { id } of answer.result.filter((token) => token.name === name)) {
      const url = `${baseUrl()}/accounts/${accountId}/tokens/${id}`;
      await pulumi.log.warn(
        `A token "${name}" exists already that is not in this stack's state, ` +
          `such as from a run that was interrupted. ` +
          `Delete it, unless this run replaces it: ${deleteCommand(url)}`,
      );
    }
  };
  return { beforeCreate: [new pulumi.ResourceHook(hookName(parent, logicalName, "lost tokens"), lookUp)] };
}

/**
 * curl reads the credential from a pipe: every user of the machine can see a process's arguments.
 */
function deleteCommand(url: string): string {
  return `curl --request DELETE --header @<(printf 'Authorization: Bearer %s' "$CLOUDFLARE_API_TOKEN") ${url}`;
}
