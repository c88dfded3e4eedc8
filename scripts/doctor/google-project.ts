/** The Google side before any model: login, project, APIs, billing, and the organisation's key policy. */
import { z } from "zod";
import type { Settings } from "../../infra/settings/index.ts";
import type { Answer } from "../clouds/api-client.ts";
import type { GoogleApi } from "../clouds/google.ts";
import { Failure } from "../command/failure.ts";
import { type Found, fine, note, problem, skipped, unanswered } from "./found.ts";
import type { Subject } from "./subject.ts";

const PROJECT = z.object({ projectNumber: z.string(), lifecycleState: z.string() });
const SERVICE = z.object({ config: z.object({ name: z.string() }) });
const BILLING = z.object({ billingEnabled: z.boolean().default(false) });
const POLICY = z.object({ booleanPolicy: z.object({ enforced: z.boolean().default(false) }).optional() });

const LOGIN = "gcloud auth application-default login";
/** The provider itself calls them, so nobody can enable them with `pulumi up`. */
const FIRST_APIS = ["serviceusage", "cloudresourcemanager"];
const KEY_POLICIES = ["iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation"];

export type ProjectAnswer = Answer<z.infer<typeof PROJECT>>;
export type ApisAnswer = Answer<{ config: { name: string } }[]>;

/** @returns Google's answer about the project, for the checks of project and APIs */
export async function credentials(
  api: GoogleApi,
  { settings: { googleProject } }: Subject,
): Promise<Found<ProjectAnswer>> {
  try {
    const answer = await api.get("cloudresourcemanager.googleapis.com", `v1/projects/${googleProject}`, PROJECT);
    if (answer.kind === "unreachable") return unanswered(answer);
    if (answer.kind === "refused" && answer.status === 401) {
      return problem(`Google refuses your login: ${answer.message}`, LOGIN);
    }
    return fine("Google accepts your login", answer);
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode === "interrupted") throw error;
    return problem(error.message, error.cure ?? LOGIN);
  }
}

/** @returns the enabled APIs, without their domain */
export async function apis(
  api: GoogleApi,
  { settings, resources }: Subject,
  project: ProjectAnswer,
): Promise<Found<ReadonlySet<string>>> {
  const { googleProject } = settings;
  const enable = (names: readonly string[]) =>
    `gcloud services enable ${names.map((name) => `${name}.googleapis.com`).join(" ")} --project ${googleProject}`;
  const path = `v1/projects/${googleProject}/services`;
  const listed = await api.list("serviceusage.googleapis.com", path, "services", SERVICE, {
    filter: "state:ENABLED",
    pageSize: 200,
  });
  const off = [isOff(listed) ? "serviceusage" : [], isOff(project) ? "cloudresourcemanager" : []].flat();
  if (off.length > 0) return problem(`off: ${off.join(", ")}, which pulumi up itself needs`, enable(FIRST_APIS));
  if (listed.kind !== "ok" && project.kind === "refused") return skipped('needs "project"');
  if (listed.kind !== "ok") return unanswered(listed, grant(googleProject, "roles/serviceusage.serviceUsageViewer"));
  const enabled = new Set(listed.value.map(({ config }) => config.name.replace(/\.googleapis\.com$/, "")));
  const missing = neededApis(settings).filter((name) => !enabled.has(name));
  if (missing.length === 0) return fine(`all on: ${neededApis(settings).join(", ")}`, enabled);
  if (resources.length === 0) return fine(`pulumi up enables ${missing.join(", ")}`, enabled);
  return problem(`off: ${missing.join(", ")}`, enable(missing));
}

export function project(answer: ProjectAnswer, { settings: { googleProject } }: Subject): Found<string> {
  if (answer.kind === "unreachable") return unanswered(answer);
  if (isOff(answer)) return skipped('needs "APIs"');
  if (answer.kind === "refused") {
    const text = `${googleProject} does not exist, or your login may not see it`;
    const cure = `pulumi config set googleProject PROJECT_ID, or ${grant(googleProject, "roles/browser")}`;
    return problem(text, cure);
  }
  const { lifecycleState, projectNumber } = answer.value;
  if (lifecycleState === "ACTIVE") return fine(`${googleProject}, number ${projectNumber}`, projectNumber);
  return problem(`${googleProject} is being deleted (${lifecycleState})`, `gcloud projects undelete ${googleProject}`);
}

export async function billing(api: GoogleApi, { settings: { googleProject } }: Subject): Promise<Found<undefined>> {
  const answer = await api.get("cloudbilling.googleapis.com", `v1/projects/${googleProject}/billingInfo`, BILLING);
  if (answer.kind !== "ok") {
    return unanswered(answer, `gcloud billing projects describe ${googleProject}`);
  }
  if (answer.value.billingEnabled) return fine("is on");
  const cure = `gcloud billing projects link ${googleProject} --billing-account ACCOUNT_ID`;
  return problem("is off, so Vertex refuses every request", cure);
}

/** Needed even if a key exists: the next rotation makes another one. */
export async function keyPolicy(
  api: GoogleApi,
  { settings: { googleProject, googleAuth } }: Subject,
): Promise<Found<undefined>> {
  if (googleAuth !== "serviceAccountKey") return fine("not needed: workloadIdentity has no Google key");
  const path = `v1/projects/${googleProject}:getEffectiveOrgPolicy`;
  const answers = await Promise.all(
    KEY_POLICIES.map((name) =>
      api.query("cloudresourcemanager.googleapis.com", path, { constraint: `constraints/${name}` }, POLICY),
    ),
  );
  const enforced = KEY_POLICIES.filter((_, index) => {
    const answer = answers[index];
    return answer?.kind === "ok" && answer.value.booleanPolicy?.enforced === true;
  });
  if (enforced.length > 0) {
    const text = `the organisation forbids service account keys (${enforced.join(", ")})`;
    return problem(text, "pulumi config set googleAuth workloadIdentity");
  }
  const [first] = answers;
  if (first?.kind === "unreachable") return unanswered(first);
  if (first?.kind === "ok") return fine("service account keys are allowed");
  return note("not known: your login may not read policies", grant(googleProject, "roles/orgpolicy.policyViewer"));
}

/** Words in capital letters stand for values that only the user knows. */
export function grant(project: string, role: string): string {
  return `gcloud projects add-iam-policy-binding ${project} --member user:YOU --role ${role}`;
}

function neededApis({ googleAuth, googleImpersonation }: Settings): string[] {
  return [
    "aiplatform",
    "iam",
    ...(googleAuth === "workloadIdentity" ? ["sts", ...(googleImpersonation ? ["iamcredentials"] : [])] : []),
  ];
}

/** Google's text for an API that the project does not use. */
function isOff(answer: Answer<unknown>): boolean {
  return answer.kind === "refused" && /has not been used in project|it is disabled/.test(answer.message);
}
