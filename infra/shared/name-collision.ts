/**
 * Looks up a name that must be unique in the account, before the resource is created. Without this
 * check, an upload would overwrite a Worker of somebody else without any message, and the provider
 * would report a used gateway name only after three minutes. A preview does no look-up.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { askCloudflare } from "./cloudflare-api.ts";
import { adoptCommand, errorHint } from "./error-hints.ts";
import { hookName } from "./hook-name.ts";

export interface UniqueName {
  /** The resource in error texts, such as `The Worker claude-failover-dev`. */
  what: string;
  /** The path below `/accounts/{account}/` that exists if the name is used. */
  path: string;
  /** The resource's name in the setting `adopt`. */
  adoptable: string;
}

/** @param parent the parent of the new resource */
export function failIfNameTaken(
  { what, path, adoptable }: UniqueName,
  parent: pulumi.Resource,
): pulumi.ResourceHookBinding {
  const lookUp = async ({ type, newInputs }: pulumi.ResourceHookArgs) => {
    const { accountId } = newInputs as { accountId: string }; // every Cloudflare resource has an account
    const answer = await askCloudflare(accountId, path, z.unknown());
    if (answer.kind === "missing") return;
    if (answer.kind === "failed") {
      throw new Error(
        `${what} was not created, because it is not known whether the name is free. ` +
          `${answer.why}\n${errorHint(type, answer.why)}`,
      );
    }
    throw new Error(
      `${what} is in this account already, and not in this stack's state. ` +
        `If somebody else created it: delete it, or set another name (namedAfter). ` +
        `If this stack created it, in an \`up\` that lost an answer: ${adoptCommand(adoptable)}, run up again, ` +
        `then: pulumi config rm adopt. If this run has the option --replace: leave it out.`,
    );
  };
  return { beforeCreate: [new pulumi.ResourceHook(hookName(parent, `the name ${path} is free`), lookUp)] };
}
