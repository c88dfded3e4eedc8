/**
 * If a run is killed while Cloudflare mints a token, the token exists but is in no state. Such a
 * token may run every AI Gateway of the account. So the program looks up a token's name before it
 * mints the token. If a token with that name exists, the program prints the command that deletes
 * it.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { askCloudflare, baseUrl } from "../shared/cloudflare-api.ts";
import { hookName } from "../shared/hook-name.ts";

/** The list begins with the newest token, because a token of an interrupted run is new. */
const LIST = "tokens?direction=desc&per_page=50";

const TOKENS = z.array(z.object({ id: z.string(), name: z.string() }));

/**
 * @param logicalName the token's name in Pulumi
 * @param parent the resource that contains the token
 */
export function reportLostTokens(logicalName: string, parent: pulumi.Resource): pulumi.ResourceHookBinding {
  const lookUp = async ({ newInputs }: pulumi.ResourceHookArgs) => {
    const { accountId, name } = newInputs as { accountId: string; name: string }; // inputs of an AccountToken
    const answer = await askCloudflare(accountId, LIST, TOKENS);
    // A failed look-up does not stop the run. If Cloudflare refuses the deployer, minting reports
    // it.
    if (answer.kind !== "found") return;
    for (const { id } of answer.result.filter((token) => token.name === name)) {
      const url = `${baseUrl()}/accounts/${accountId}/tokens/${id}`;
      await pulumi.log.warn(
        `A token "${name}" exists already and is not in this stack's state. ` +
          `An interrupted run may have left it. ` +
          `Delete it, unless this run replaces it: ${deleteCommand(url)}`,
      );
    }
  };
  return { beforeCreate: [new pulumi.ResourceHook(hookName(parent, logicalName, "lost tokens"), lookUp)] };
}

/**
 * Lets curl read the credential from a pipe, because every user of the machine can see the
 * arguments of a process.
 */
function deleteCommand(url: string): string {
  return `curl --request DELETE --header @<(printf 'Authorization: Bearer %s' "$CLOUDFLARE_API_TOKEN") ${url}`;
}
