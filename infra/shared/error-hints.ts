/**
 * What to do about an error of a cloud: one line beside the provider's own words, for the errors
 * that this project knows how to repair. An error hook prints it; the hook never retries.
 */
import * as pulumi from "@pulumi/pulumi";
import { repairCommand } from "../settings/commands.ts";
import { hookName } from "./hook-name.ts";

interface ErrorHint {
  /** Matches the resource's type. */
  type: RegExp;
  /** Matches the provider's message. */
  message: RegExp;
  /** `<urn>` stands for the resource's URN. */
  hint: string;
}

/**
 * The answer was lost, so the operation may have been done. Messages: Go's net/http, as the
 * providers print them.
 */
const LOST = /connection (?:reset|refused)|unexpected EOF|: EOF|timeout|timed out|50[0-9] |Error 50[0-9]/;

/** The command is filled in when the hint is printed: it keeps what is adopted already. */
const adopt = (what: string) => `<adopt ${what}>, run up again, then: pulumi config rm adopt`;
const existsAlready = (what: string, name: string) =>
  `${what} of this stack's name exists already. If this run was given --replace: leave it out. ` +
  `If this stack made it: ${adopt(name)}`;
const mayExist = (cloud: string, what: string, name: string) =>
  `${cloud}'s answer was lost, and ${what} may exist. Run up again; if it says that it exists: ${adopt(name)}`;
const mayExistTwice = (cloud: string, what: string, where: string) =>
  `${cloud}'s answer was lost, and ${what} may exist that is in no state. Run up again, then delete the older of ` +
  `the two (${where})`;

/** The first that matches counts. */
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
      "A pool of this id exists, or was deleted within the last 30 days. If this stack made it: " +
      "gcloud iam workload-identity-pools delete <id> --location global; then a new id: pulumi up --replace " +
      "'**pool-suffix'",
  },
  {
    type: /:WorkloadIdentityPoolProvider$/,
    message: /Error 409|already exists/,
    hint: "The pool has a provider of this id already. For a new pool: pulumi up --replace '**pool-suffix'",
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
    hint: "A newly enabled API takes a minute or two to work: run up again",
  },
  {
    type: /cloudflare/,
    message: /10000: Authentication error|403 Forbidden/,
    hint: "The deployer's Cloudflare token lacks a permission, or was revoked: docs/security.md lists what it needs",
  },
  {
    type: /^gcp:/,
    message: /Error 403/,
    hint: "The deployer's Google identity lacks a permission: docs/security.md lists what it needs",
  },
  {
    // A refresh does not drop it: the provider finds it, marked as deleted.
    type: /:IAMCustomRole$/,
    message: /Error 404/,
    hint: "The role is deleted already: pulumi state delete '<urn>'",
  },
  {
    type: /./,
    message: /404 Not Found|Error 404/,
    hint: "It does not exist any more: pulumi refresh --run-program, then run up again",
  },
  { type: /./, message: LOST, hint: "The cloud's answer was lost: run up again" },
  { type: /./, message: /./, hint: "What was made is kept: remove the cause, then run up again" },
];

/** @returns what to do; empty where the provider has said nothing */
export function errorHint(type: string, message: string): string {
  const { hint = "" } = ERROR_HINTS.find((known) => known.type.test(type) && known.message.test(message)) ?? {};
  return hint.replace(/<adopt (\w+)>/, (_, what: string) => adoptCommand(what));
}

/** A setting is given whole, so the command repeats what is adopted already. */
export function adoptCommand(what: string): string {
  const adopted = new pulumi.Config().getObject<string[]>("adopt") ?? [];
  return repairCommand({ key: "adopt", repair: { kind: "set", value: [...new Set([...adopted, what])] } });
}

/** A component's options, so that errors of everything in it are printed with their hint. */
export function withErrorHints(
  name: string,
  opts: pulumi.ComponentResourceOptions = {},
): pulumi.ComponentResourceOptions {
  const printHint = new pulumi.ErrorHook(
    hookName(opts.parent, name, "error hint"),
    async ({ name: resource, urn, type, errors }) => {
      const hint = errorHint(type, errors[0] ?? "");
      // Awaited: the engine may end the run as soon as the hook has returned.
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
