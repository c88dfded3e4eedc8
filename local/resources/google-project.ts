/** What Google's resources ask of the project they are in. */
import type { CloudState, GoogleProject, ServiceAccount } from "../state.ts";
import { require } from "./kind.ts";

export function projectOf(state: CloudState, id: string): GoogleProject {
  const project = state.projects.get(id);
  require(project, `Error 403: The caller does not have permission on project ${id}, or it does not exist.`);
  return project;
}

export function requireService(project: GoogleProject, name: string): void {
  const message = `Error 403: ${name} has not been used in project ${project.number} before or it is disabled.`;
  require(project.enabledServices.has(name), message);
}

/** @param name `projects/{project}/serviceAccounts/{email}` */
export function accountByName(state: CloudState, name: string): ServiceAccount {
  const email = name?.split("/serviceAccounts/")[1] ?? "";
  const found = state.projects.get(projectOfEmail(email))?.serviceAccounts.get(email);
  require(found, `Error 404: Unknown service account ${email}`);
  return found;
}

export function projectOfEmail(email: string): string {
  return /@(.+)\.iam\.gserviceaccount\.com$/.exec(email)?.[1] ?? "";
}
