/**
 * Creates what the blog post of October 22, 2024 assumes: a gateway without authentication, and a
 * project whose owner is logged in with gcloud. The ids are the post's placeholders, which curl
 * turns from `{account_id}` into `account_id`. So the post's request runs here word for word.
 */
import { addAccount, addProject, type CloudState, newGateway } from "../state/index.ts";

export function seedBlogPost(state: CloudState, user: string): void {
  const account = addAccount(state, "account_id", "blog");
  account.gateways.set("gateway_id", newGateway("gateway_id", { authentication: false, byokOnly: false }));
  const project = addProject(state, "your-gcp-project-id", "202410220000");
  project.enabledServices.add("aiplatform.googleapis.com");
  project.policy.set("roles/owner", new Set([user]));
}
