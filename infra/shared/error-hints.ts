/**
 * Hints for errors of a cloud. For an error that this project can repair, an error hook prints one
 * line in addition to the provider's message. The hook never retries.
 */
import * as pulumi from "@pulumi/pulumi";
import { repairCommand } from "../settings/commands.ts";
import { hookName } from "./hook-name.ts";

interface ErrorHint {
  /** Matches the resource's type. */
  type: RegExp;
  /** Matches the provider's message. */
  message: RegExp;
  /** Text for the user. `<urn>` stands for the resource's URN. */
  hint: string;
}

/**
 * Matches an error after which the answer was lost, so the operation may have succeeded. The
 * messages are those of Go's net/http, as the providers print them.
 */
const LOST = /connection (?:reset|refused)|unexpected EOF|: EOF|timeout|timed out|50[0-9] |Error 50[0-9]/;

/**
 * `errorHint` replaces the placeholder with the command, which keeps the adopted resources in the
 * list.
 */
const adopt = (what: string) => `<adopt ${what}>, run up again, then: pulumi config rm adopt`;
const existsAlready = (what: string, name: string) =>
  `${what} of this stack's name exists already. If this run has the option --replace: leave it out. ` +
  `If this stack made it: ${adopt(name)}`;
const mayExist = (cloud: string, what: string, name: string) =>
  `${cloud}'s answer was lost, and ${what} may exist. Run up again. If it reports that ${what} exists: ${adopt(name)}`;
const mayExistTwice = (cloud: string, what: string, where: string) =>
  `${cloud}'s answer was lost, and ${what} may exist that is in no state. Run up again. If there are two then, ` +
  `delete the older one (${where})`;

/** Only the first matching hint is used. */
const ERROR_HINTS: readonly ErrorHint[] = [
  {
    type: /:Key$/,
    message: /Key creation is not allowed|disableServiceAccountKeyCreation/,
    hint: "The organisation forbids service account keys: pulumi config set googleAuth workloadIdentity",
  },
  {
    type: /:Account$/,
    message: /Error 409|already exists/,
    hint: existsAlready("A service account", "serviceAccount"),
  },
  { type: /:IAMCustomRole$/, message: /already exists/, hint: existsAlready("A role", "role") },
  {
    type: /:WorkloadIdentityPool$/,
    message: /Error 409|already exists/,
    hint:
      "A pool with this id exists, or was deleted within the last 30 days. If this stack created it: " +
      "gcloud iam workload-identity-pools delete <id> --location global. Then use a new id: pulumi up --replace " +
      "'**pool-suffix'",
  },
  {
    type: /:WorkloadIdentityPoolProvider$/,
    message: /Error 409|already exists/,
    hint: "The pool has a provider with this id already. To use a new pool: pulumi up --replace '**pool-suffix'",
  },
  {
    type: /:ZeroTrustAccessApplication$/,
    message: /409 Conflict|already/,
    hint:
      "Another Access application protects this Worker already. If this stack created it, in an `up` that lost an " +
      "answer, or if nobody needs it: delete it (one.dash.cloudflare.com, Access, Applications), and run up again",
  },
  {
    type: /:ZeroTrustAccessApplication$/,
    message: LOST,
    hint: mayExistTwice(
      "Cloudflare",
      "an Access application of this name",
      "one.dash.cloudflare.com, Access, Applications",
    ),
  },
  { type: /:AiGateway$/, message: /409 Conflict|already exists/, hint: existsAlready("A gateway", "gateway") },
  { type: /:AiGateway$/, message: LOST, hint: mayExist("Cloudflare", "the gateway", "gateway") },
  {
    type: /:AccountToken$/,
    message: LOST,
    hint: mayExistTwice("Cloudflare", "a token of this name", "dash.cloudflare.com, Manage account, API tokens"),
  },
  { type: /:WorkersScript$/, message: LOST, hint: mayExist("Cloudflare", "the Worker", "worker") },
  { type: /:Account$/, message: LOST, hint: mayExist("Google", "the service account", "serviceAccount") },
  { type: /:Key$/, message: LOST, hint: mayExistTwice("Google", "a key", "gcloud iam service-accounts keys list") },
  { type: /:IAMCustomRole$/, message: LOST, hint: mayExist("Google", "the role", "role") },
  {
    type: /./,
    message: /SERVICE_DISABLED|has not been used in project/,
    hint: "A newly enabled API works only after a minute or two: run up again",
  },
  {
    type: /cloudflare/,
    message: /10000: Authentication error|403 Forbidden/,
    hint: "The deployer's Cloudflare token lacks a permission, or was revoked: docs/security.md lists the permissions",
  },
  {
    type: /^gcp:/,
    message: /Error 403/,
    hint: "The deployer's Google identity lacks a permission: docs/security.md lists the permissions",
  },
  {
    // A refresh does not remove the role from the state, because the provider still finds it,
    // marked as deleted.
    type: /:IAMCustomRole$/,
    message: /Error 404/,
    hint: "The role is deleted already: pulumi state delete '<urn>'",
  },
  {
    type: /./,
    message: /404 Not Found|Error 404/,
    hint: "The resource no longer exists: pulumi refresh --run-program, then run up again",
  },
  { type: /./, message: LOST, hint: "The cloud's answer was lost: run up again" },
  {
    type: /./,
    message: /./,
    hint: "Resources that were created are kept. Remove the cause of the error, then run up again",
  },
];

/** @returns the hint; empty if the provider's message is empty */
export function errorHint(type: string, message: string): string {
  const { hint = "" } = ERROR_HINTS.find((known) => known.type.test(type) && known.message.test(message)) ?? {};
  return hint.replace(/<adopt (\w+)>/, (_, what: string) => adoptCommand(what));
}

/** A command sets the whole value, so it repeats the resources that are already in `adopt`. */
export function adoptCommand(what: string): string {
  const adopted = new pulumi.Config().getObject<string[]>("adopt") ?? [];
  return repairCommand({ key: "adopt", repair: { kind: "set", value: [...new Set([...adopted, what])] } });
}

/**
 * Adds an error hook to a component's options. It prints the hint for errors of all resources in
 * the component.
 */
export function withErrorHints(
  name: string,
  opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
  const printHint = new pulumi.ErrorHook(
    hookName(opts.parent, name, "error hint"),
    async ({ name: resource, urn, type, errors }) => {
      const hint = errorHint(type, errors[0] ?? "");
      // The message must be sent before the hook returns, because the engine may then end the run.
      if (hint) await pulumi.log.error(`${resource}: ${hint.replace("<urn>", urn)}`);
      return false;
    },
  );
  const addHook: pulumi.ResourceTransform = ({ props, opts: given, custom }) =>
    custom && !given.hooks?.onError?.length
      ? { props, opts: { ...given, hooks: { ...given.hooks, onError: [printHint] } } }
      : undefined;
  return { ...opts, transforms: [...(opts.transforms ?? []), addHook] };
}
