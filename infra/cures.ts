/**
 * What to do about a cloud's refusal: one line beside the provider's own words, for those refusals that this project knows how to
 * mend. Told by an error hook, which never tries again.
 */
import { randomUUID } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { repairCommand } from "./config-commands.ts";

interface Cure {
  /** Of the resource type. */
  of: RegExp;
  /** In the provider's message. */
  when: RegExp;
  /** `<urn>` stands for the resource's. */
  cure: string;
}

/** The answer was lost: what was asked for may have been done. Messages: Go's net/http, as the providers pass them on. */
const LOST = /connection (?:reset|refused)|unexpected EOF|: EOF|timeout|timed out|50[0-9] |Error 50[0-9]/;
/** Filled in when it is told: what is adopted already stays in the list. */
const adopt = (what: string) => `<adopt ${what}>, run up again, then: pulumi config rm adopt`;

export const CURES: readonly Cure[] = [
  {
    of: /:Key$/,
    when: /Key creation is not allowed|disableServiceAccountKeyCreation/,
    cure: "The organisation forbids service account keys: pulumi config set googleAuth workloadIdentity",
  },
  {
    of: /:Account$/,
    when: /Error 409|already exists/,
    cure: `A service account of this stack's name exists already. If this run was given --replace: leave it out. If it is this stack's own: ${adopt("serviceAccount")}`,
  },
  {
    of: /:IAMCustomRole$/,
    when: /already exists/,
    cure: `A role of this stack's name exists already. If this run was given --replace: leave it out. If it is this stack's own: ${adopt("role")}`,
  },
  {
    of: /:WorkloadIdentityPool$/,
    when: /Error 409|already exists/,
    cure: "A pool of this id exists, or did in the last 30 days. If it is this stack's own: gcloud iam workload-identity-pools delete <id> --location global; then a new id: pulumi up --replace '**pool-suffix'",
  },
  {
    of: /:WorkloadIdentityPoolProvider$/,
    when: /Error 409|already exists/,
    cure: "The pool has a provider of this id already. A new pool: pulumi up --replace '**pool-suffix'",
  },
  {
    of: /:ZeroTrustAccessApplication$/,
    when: LOST,
    cure: "Cloudflare's answer was lost: an Access application of this name may exist that no stack holds. Run up again, then delete the older of the two (one.dash.cloudflare.com, Access, Applications)",
  },
  {
    of: /:AiGateway$/,
    when: /409 Conflict|already exists/,
    cure: `A gateway of this stack's name exists already. If this run was given --replace: leave it out. If it is this stack's own: ${adopt("gateway")}`,
  },
  {
    of: /:AiGateway$/,
    when: LOST,
    cure: `Cloudflare's answer was lost, and the gateway may exist. Run up again; if it then says so: ${adopt("gateway")}`,
  },
  {
    of: /:AccountToken$/,
    when: LOST,
    cure: "Cloudflare's answer was lost: a token of this name that nobody holds may exist. Run up again, then delete the older of the two (dash.cloudflare.com, Manage account, API tokens)",
  },
  {
    of: /:WorkersScript$/,
    when: LOST,
    cure: `Cloudflare's answer was lost, and the Worker may be there. Run up again; if it then says so: ${adopt("worker")}`,
  },
  {
    of: /:Account$/,
    when: LOST,
    cure: `Google's answer was lost, and the service account may exist. Run up again; if it then says so: ${adopt("serviceAccount")}`,
  },
  {
    of: /:Key$/,
    when: LOST,
    cure: "Google's answer was lost: a key that nobody holds may exist. Run up again, then delete the older of the two: gcloud iam service-accounts keys list",
  },
  {
    of: /:IAMCustomRole$/,
    when: LOST,
    cure: `Google's answer was lost, and the role may exist. Run up again; if it then says so: ${adopt("role")}`,
  },
  {
    of: /./,
    when: /SERVICE_DISABLED|has not been used in project/,
    cure: "An API that was just enabled takes a minute or two: run up again",
  },
  {
    of: /cloudflare/,
    when: /10000: Authentication error|403 Forbidden/,
    cure: "The deployer's Cloudflare token lacks a permission, or was revoked: docs/security.md lists what it needs",
  },
  {
    of: /^gcp:/,
    when: /Error 403/,
    cure: "The deployer's Google identity lacks a permission: docs/security.md lists what it needs",
  },
  {
    // A refresh does not drop it: the provider finds it, marked as deleted.
    of: /:IAMCustomRole$/,
    when: /Error 404/,
    cure: "The role is deleted already: pulumi state delete '<urn>'",
  },
  {
    of: /./,
    when: /404 Not Found|Error 404/,
    cure: "It is gone already: pulumi refresh --run-program, then run up again",
  },
  { of: /./, when: LOST, cure: "The cloud's answer was lost: run up again" },
  { of: /./, when: /./, cure: "What was made is kept: once the cause is mended, run up again" },
];

/** @returns what to do; empty where the provider has said nothing. */
export function cureFor(type: string, message: string): string {
  const { cure = "" } = CURES.find(({ of, when }) => of.test(type) && when.test(message)) ?? {};
  return cure.replace(/<adopt (\w+)>/, (_, what: string) => adoptCommand(what));
}

/** A setting is given whole, so the command repeats what is adopted already. */
export function adoptCommand(what: string): string {
  const adopted = new pulumi.Config().getObject<string[]>("adopt") ?? [];
  return repairCommand({ key: "adopt", repair: { kind: "set", value: [...new Set([...adopted, what])] } });
}

/** A component's options, so that whatever is made in it tells its cure. */
export function withCures(name: string, opts: pulumi.ComponentResourceOptions = {}): pulumi.ComponentResourceOptions {
  // A hook's name must be unique in the program, and components of one name may have different parents.
  const tellCure = new pulumi.ErrorHook(
    `${name}-cure-${randomUUID()}`,
    async ({ name: resource, urn, type, errors }) => {
      const cure = cureFor(type, errors[0] ?? "");
      // Awaited: the engine may end the run as soon as the hook has returned.
      if (cure) await pulumi.log.error(`${resource}: ${cure.replace("<urn>", urn)}`);
      return false;
    },
  );
  const addHook: pulumi.ResourceTransform = ({ props, opts: given, custom }) =>
    custom && !given.hooks?.onError?.length
      ? { props, opts: { ...given, hooks: { ...given.hooks, onError: [tellCure] } } }
      : undefined;
  return { ...opts, transforms: [...(opts.transforms ?? []), addHook] };
}
