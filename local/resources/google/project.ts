/**
 * Checks that Google's resources share: the project and its API exist. Also builds their refusals
 * and request URLs.
 */
import type { CloudState, GoogleProject, IamPolicy, ServiceAccount } from "../../state/index.ts";
import {
  ensure,
  type Inputs,
  type OperationKind,
  type Refusal,
  type Request,
  type ResourceType,
} from "../resource-type.ts";

const METHODS = { create: "POST", read: "GET", update: "PATCH", delete: "DELETE" } as const;

type GoogleRefusal = Extract<Refusal, { cloud: "google" }>;

export function refusal(
  status: number,
  message: string,
  more: Omit<Partial<GoogleRefusal>, "cloud"> = {},
): GoogleRefusal {
  return { cloud: "google", status, message, ...more };
}

export function projectOf(state: CloudState, id: string): GoogleProject {
  const project = state.projects.get(id);
  ensure(project, refusal(403, `The caller does not have permission on project ${id}, or it does not exist.`));
  return project;
}

/** @param prefix the provider's text before the answer */
export function requireService(project: GoogleProject, name: string, prefix = ""): void {
  const message = `${name} has not been used in project ${project.number} before or it is disabled.`;
  ensure(project.enabledServices.has(name), refusal(403, message, { prefix }));
}

/** @param name `projects/{project}/serviceAccounts/{email}` */
export function accountByName(state: CloudState, name: string): ServiceAccount {
  const found = findAccount(state, name);
  ensure(found, refusal(404, `Unknown service account ${name?.split("/serviceAccounts/")[1] ?? ""}`));
  return found;
}

export function findAccount(state: CloudState, name: string): ServiceAccount | undefined {
  const email = name?.split("/serviceAccounts/")[1] ?? "";
  return state.projects.get(projectOfEmail(email))?.serviceAccounts.get(email);
}

export function projectOfEmail(email: string): string {
  return /@(.+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] ?? "";
}

/** All policies: those of projects and those of their service accounts. */
export function* policiesOf(state: CloudState): Generator<IamPolicy> {
  for (const { policy, serviceAccounts } of state.projects.values()) {
    yield policy;
    for (const account of serviceAccounts.values()) yield account.policy;
  }
}

/** @param paths below `https://{host}/`: one for create, one for the other operations */
export function requests(
  host: string,
  paths: (inputs: Inputs) => { create: string; other: string },
  methods: Readonly<Record<OperationKind, Request["method"]>> = METHODS,
): NonNullable<ResourceType["request"]> {
  return (operation, inputs) => {
    const { create, other } = paths(inputs);
    return { method: methods[operation], url: `https://${host}/${operation === "create" ? create : other}` };
  };
}
