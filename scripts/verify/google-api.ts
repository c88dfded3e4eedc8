/** Experiments with Google's control planes: tokens, grants, Model Garden, quotas and policies. */
import { z } from "zod";
import { type Answer, requireValue } from "../clouds/api-client.ts";
import type { Experiment } from "./experiment.ts";
import {
  type Check,
  compare,
  compareOutcome,
  conclude,
  describeRaw,
  outcomeOf,
  quote,
  untold,
  whyNot,
} from "./finding.ts";
import type { Lab } from "./lab.ts";
import { temporaryName } from "./temporaries.ts";
import { parseJson } from "./who-answered.ts";

const IAM = "iam.googleapis.com";
const RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com";
const PROJECT = z.object({ projectNumber: z.string() });
const MAKES = ["a temporary service account without rights"];
const NO_SUCH = "verify-no-such-pool";

async function projectNumber({ google, plan }: Lab): Promise<string> {
  const answer = await google.get(RESOURCE_MANAGER, `v1/projects/${plan.settings.googleProject}`, PROJECT);
  return requireValue(answer, "the project").projectNumber;
}

/** Point 17. */
const REFUSED_FORM = z.object({ error: z.string(), error_description: z.string().default("") });
const CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform";
export const tokenExchange: Experiment = {
  usesGoogle: true,
  cost: () => ({ requests: 3 }),
  async run(lab) {
    const pool = `//${IAM}/projects/${await projectNumber(lab)}/locations/global/workloadIdentityPools/${NO_SUCH}`;
    const form = {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      scope: CLOUD_PLATFORM,
      audience: `${pool}/providers/verify`,
      subject_token: "verify",
    };
    const missing = 'invalid_target: The target service indicated by the "audience" is invalid.';
    const grant = 'invalid_request: Invalid value for "grant_type".';
    return conclude([
      await refusedExchange(lab, "a missing pool", form, missing),
      await refusedExchange(lab, "an unknown grant type", { ...form, grant_type: "verify" }, grant),
      untold("whether the STS API must be enabled", "it would have to be disabled in your project"),
    ]);
  },
};

async function refusedExchange(
  lab: Lab,
  what: string,
  form: Readonly<Record<string, string>>,
  text: string,
): Promise<Check> {
  const answer = await lab.direct("sts.googleapis.com", "v1/token", {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
  });
  const refused = answer.kind === "answered" ? REFUSED_FORM.safeParse(parseJson(answer.text)).data : undefined;
  if (answer.kind === "unreachable" || !refused) return untold(what, describeRaw(answer));
  const seen = quote(`${answer.status} ${refused.error}: ${refused.error_description}`);
  return compare(what, `400 ${text}`, seen, "write the text into local/google-auth/sts.ts");
}

/** A service account that nobody uses. It keeps its e-mail address for an undelete of 30 days. */
const ACCOUNT = z.object({ name: z.string(), email: z.string() });
const MAX_ACCOUNT_ID = 30;
const CONSISTENCY_TRIES = 5;
const CONSISTENCY_PAUSE_MS = 2_000;

async function makeAccount(lab: Lab): Promise<Answer<z.infer<typeof ACCOUNT>>> {
  const project = lab.plan.settings.googleProject;
  const accountId = temporaryName(lab.plan.serviceAccount, MAX_ACCOUNT_ID);
  const path = `v1/projects/${project}/serviceAccounts`;
  const email = `${accountId}@${project}.iam.gserviceaccount.com`;
  const made = await lab.temporaries.make(
    `service account ${email}`,
    ({ google }) => google.send("delete", IAM, `${path}/${email}`, z.unknown()),
    () => lab.google.send("post", IAM, path, ACCOUNT, { accountId, serviceAccount: { displayName: "verify" } }),
  );
  if (made.kind !== "ok") return made;
  // A new account is not seen everywhere at once.
  for (let tries = 1; tries < CONSISTENCY_TRIES; tries++) {
    if ((await lab.google.get(IAM, `${path}/${email}`, ACCOUNT)).kind === "ok") break;
    await lab.pause(CONSISTENCY_PAUSE_MS);
  }
  return made;
}

/** Point 19. The grant is on an account of its own, so that nothing else is granted. */
export const grantToMissingPool: Experiment = {
  usesGoogle: true,
  cost: () => ({ requests: 5, makes: MAKES }),
  async run(lab) {
    const what = "a grant to a pool that does not exist";
    const number = await projectNumber(lab);
    const made = await makeAccount(lab);
    if (made.kind !== "ok") return conclude([untold("a service account", whyNot(made))]);
    const member = `principal://${IAM}/projects/${number}/locations/global/workloadIdentityPools/${NO_SUCH}/subject/x`;
    const policy = { bindings: [{ role: "roles/iam.workloadIdentityUser", members: [member] }] };
    const answer = await lab.google.send("post", IAM, `v1/${made.value.name}:setIamPolicy`, z.unknown(), { policy });
    const outcome = outcomeOf(answer);
    if (outcome === undefined || outcome.startsWith("404")) return conclude([untold(what, whyNot(answer))]);
    const seen = outcome === "accepted" ? "accepted" : "refused";
    const consequence =
      "let requireMember in local/resources/google/iam.ts accept it, and let the program depend on the pool";
    return conclude([compare(what, "refused", seen, consequence)]);
  },
};

/** Point 28. */
export const etagOfAccount: Experiment = {
  usesGoogle: true,
  cost: () => ({ requests: 4, makes: MAKES }),
  async run(lab) {
    const made = await makeAccount(lab);
    if (made.kind !== "ok") return conclude([untold("a service account", whyNot(made))]);
    const body = { serviceAccount: { displayName: "verify again", etag: "AAAAAAAAAAA=" }, updateMask: "displayName" };
    const answer = await lab.google.send("patch", IAM, `v1/${made.value.name}`, z.unknown(), body);
    const consequence = "check etags in local/control-plane/google/service-accounts.ts, roles.ts and pools.ts";
    return conclude([
      compareOutcome("an update with an old etag", "accepted", answer, consequence),
      untold("the permissions of :enableModel and :listAttestationRules", "it would need a login that lacks them"),
    ]);
  },
};

/** Point 25. Nothing reads an enabled model, so a name that does not exist does no harm. */
export const unknownPublisherModel: Experiment = {
  usesGoogle: true,
  cost: () => ({ requests: 1 }),
  async run({ google, plan: { settings } }) {
    const model = "publishers/anthropic/models/claude-verify-no-such-model";
    const region = settings.modelGarden?.region ?? "us-east5";
    const path = `v1beta1/projects/${settings.googleProject}/${model}:enableModel`;
    const answer = await google.send("post", `${region}-aiplatform.googleapis.com`, path, z.unknown(), {});
    const consequence = "refuse it in enabledModel of local/resources/google/service.ts";
    return conclude([
      compareOutcome("an unknown model", "accepted", answer, consequence),
      untold("the text for a missing region", "the provider writes it, without a call"),
    ]);
  },
};

/** Point 34. */
const METRIC = "aiplatform.googleapis.com/global_online_prediction_requests_per_base_model";
const BASE_MODEL = "anthropic-claude-sonnet-4-6";
const MANAGED = "constraints/iam.managed.disableServiceAccountKeyCreation";
const QUOTA = z.object({
  consumerQuotaLimits: z.array(
    z.object({
      quotaBuckets: z
        .array(z.object({ dimensions: z.object({ base_model: z.string() }).partial().default({}) }))
        .default([]),
    }),
  ),
});
export const quotasAndPolicies: Experiment = {
  usesGoogle: true,
  cost: () => ({ requests: 2 }),
  async run({ google, plan }) {
    const project = `projects/${plan.settings.googleProject}`;
    const path = `v1beta1/${project}/services/aiplatform.googleapis.com/consumerQuotaMetrics/${encodeURIComponent(METRIC)}`;
    const quota = await google.get("serviceusage.googleapis.com", path, QUOTA);
    const policyPath = `v1/${project}:getEffectiveOrgPolicy`;
    const policy = await google.query(RESOURCE_MANAGER, policyPath, { constraint: MANAGED }, z.unknown());
    return conclude([
      baseModel(quota),
      compareOutcome(
        "the managed constraint",
        "accepted",
        policy,
        "leave it out in local/control-plane/google/org-policies.ts, and do not ask for it in scripts/doctor/google-project.ts",
      ),
    ]);
  },
};

function baseModel(answer: Answer<z.infer<typeof QUOTA>>): Check {
  const what = "the base model of Sonnet 4.6 on global";
  if (answer.kind !== "ok") return untold(what, whyNot(answer));
  const buckets = answer.value.consumerQuotaLimits.flatMap(({ quotaBuckets }) => quotaBuckets);
  const sonnets = buckets
    .flatMap(({ dimensions }) => dimensions.base_model ?? [])
    .filter((name) => /sonnet/.test(name));
  if (sonnets.length === 0) return untold(what, "the project's quotas name no Sonnet");
  const seen = sonnets.includes(BASE_MODEL) ? BASE_MODEL : sonnets.join(", ");
  return compare(what, BASE_MODEL, seen, "name it so in quotaOf of local/vertex/quota.ts");
}
