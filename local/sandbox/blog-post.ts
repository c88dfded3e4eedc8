/**
 * What the post of October 22, 2024 takes for granted, under its own placeholders (curl turns `{account_id}` into
 * `account_id`): a gateway without authentication, as all were then, and a project whose owner is logged in with gcloud. So
 * its request runs here word for word.
 */
import { addAccount, addProject, type CloudState, newGateway } from "../state/index.ts";

export function seedBlogPost(state: CloudState, user: string): void {
  const account = addAccount(state, "account_id", "blog");
  account.gateways.set("gateway_id", newGateway("gateway_id", { authentication: false, byokOnly: false }));
  const project = addProject(state, "your-gcp-project-id", "202410220000");
  project.enabledServices.add("aiplatform.googleapis.com");
  project.policy.set("roles/owner", new Set([user]));
}
