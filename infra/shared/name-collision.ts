/**
 * Before something is made whose name is unique in the account, the name is looked up: an upload
 * replaces a stranger's Worker without a word, and a taken gateway name is reported after three
 * minutes. Only at creation; a preview does not ask.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { askCloudflare } from "./cloudflare-api.ts";
import { adoptCommand, errorHint } from "./error-hints.ts";
import { hookName } from "./hook-name.ts";

export interface UniqueName {
  /** For people, such as `The Worker claude-failover-dev`. */
  what: string;
  /** Below `/accounts/{account}/`; there is something there where the name is taken. */
  path: string;
  /** What the setting `adopt` calls it. */
  adoptable: string;
}

/** @param parent the resource that the named one is below */
export function failIfNameTaken(
  { what, path, adoptable }: UniqueName,
  parent: pulumi.Resource,
): pulumi.ResourceHookBinding {
  const lookUp = async ({ type, newInputs }: pulumi.ResourceHookArgs) => {
    const { accountId } = newInputs as { accountId: string }; // every resource of Cloudflare's here has one
    const answer = await askCloudflare(accountId, path, z.unknown());
    if (answer.kind === "missing") return;
    if (answer.kind === "failed") {
      throw new Error(
        `${what} was not made, since it is not known whether the name is free. ` +
          `${answer.why}\n${errorHint(type, answer.why)}`,
      );
    }
    throw new Error(
      `${what} is in this account already, and not in this stack's state. ` +
        `If somebody else made it: delete it, or set another name (namedAfter). ` +
        `If this stack made it, in an \`up\` that lost an answer: ${adoptCommand(adoptable)}, up again, ` +
        `then: pulumi config rm adopt. If this run was given --replace: leave it out.`,
    );
  };
  return { beforeCreate: [new pulumi.ResourceHook(hookName(parent, `the name ${path} is free`), lookUp)] };
}
