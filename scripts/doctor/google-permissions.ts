/** Whether your login may do at Google what `pulumi up` does: the table of docs/security.md. */
import { z } from "zod";
import type { Settings } from "../../infra/settings/index.ts";
import type { GoogleApi } from "../clouds/google.ts";
import { type Found, fine, problem, unanswered } from "./found.ts";
import { grant } from "./google-project.ts";
import type { Subject } from "./subject.ts";

/** The method that a one-token call needs. It is the Worker's permission, and no deployer's. */
export const PREDICT = "aiplatform.endpoints.predict";

const HELD = z.object({ permissions: z.array(z.string()).default([]) });

interface Task {
  role: string;
  permissions: readonly string[];
  isNeeded(settings: Settings): boolean;
}

const all = (resource: string, methods: string) => methods.split(" ").map((method) => `${resource}.${method}`);
const hasPool = ({ googleAuth }: Settings) => googleAuth === "workloadIdentity";
const hasAccount = (settings: Settings) => !hasPool(settings) || settings.googleImpersonation;

const TASKS: readonly Task[] = [
  {
    role: "roles/serviceusage.serviceUsageAdmin",
    permissions: all("serviceusage.services", "list get enable"),
    isNeeded: () => true,
  },
  { role: "roles/browser", permissions: ["resourcemanager.projects.get"], isNeeded: () => true },
  {
    role: "roles/resourcemanager.projectIamAdmin",
    permissions: all("resourcemanager.projects", "getIamPolicy setIamPolicy"),
    isNeeded: () => true,
  },
  {
    role: "roles/iam.serviceAccountAdmin",
    permissions: all("iam.serviceAccounts", "create get update delete"),
    isNeeded: hasAccount,
  },
  {
    role: "roles/iam.serviceAccountKeyAdmin",
    permissions: all("iam.serviceAccountKeys", "create get delete"),
    isNeeded: (settings) => !hasPool(settings),
  },
  {
    role: "roles/iam.serviceAccountAdmin",
    permissions: all("iam.serviceAccounts", "getIamPolicy setIamPolicy"),
    isNeeded: ({ googleImpersonation }) => googleImpersonation,
  },
  {
    role: "roles/iam.workloadIdentityPoolAdmin",
    permissions: ["iam.workloadIdentityPools", "iam.workloadIdentityPoolProviders"].flatMap((resource) =>
      all(resource, "create get update delete"),
    ),
    isNeeded: hasPool,
  },
  {
    role: "roles/iam.roleAdmin",
    permissions: all("iam.roles", "create get update delete undelete"),
    isNeeded: ({ googleRole }) => googleRole === "predictOnly",
  },
];

/** @returns whether your login may call models */
export async function deployerPermissions(
  api: GoogleApi,
  { settings }: Subject,
): Promise<Found<{ mayPredict: boolean }>> {
  const { googleProject } = settings;
  const needed = TASKS.filter((task) => task.isNeeded(settings));
  const asked = needed.flatMap(({ permissions }) => permissions);
  const path = `v1/projects/${googleProject}:testIamPermissions`;
  const body = { permissions: [...asked, PREDICT] };
  const answer = await api.query("cloudresourcemanager.googleapis.com", path, body, HELD);
  if (answer.kind !== "ok") return unanswered(answer);
  const held = new Set(answer.value.permissions);
  const value = { mayPredict: held.has(PREDICT) };
  const missing = asked.filter((permission) => !held.has(permission));
  if (missing.length === 0) return fine(`your login has all ${asked.length} that pulumi up needs`, value);
  const roles = needed.filter(({ permissions }) => permissions.some((one) => missing.includes(one)));
  const cure = [...new Set(roles.map(({ role }) => grant(googleProject, role)))].join(" && ");
  return { ...problem(`your login lacks ${missing.join(", ")}`, cure), usable: { value } };
}
