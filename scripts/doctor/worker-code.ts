/** Whether the live Worker is what this clone would upload, and which upload answers. */
import { z } from "zod";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import { deployedVersions } from "../clouds/worker-versions.ts";
import type { Outputs } from "../stack/stack.ts";
import { type Found, fine, note, problem, unanswered, unknown } from "./found.ts";
import { newest, ofType, REFRESH } from "./state.ts";
import type { Subject } from "./subject.ts";

const HEALTH = z.object({ version: z.string() });
const HEALTH_TIMEOUT_MS = 5_000;

/** @returns the id of the upload that serves, by Cloudflare's account */
export async function liveVersion(
  api: CloudflareApi,
  { settings: { cloudflareAccountId }, names: { worker }, resources }: Subject,
): Promise<Found<string>> {
  if (ofType(resources, "worker").length === 0) {
    return { ...note(`${worker} is not in the state: the last run did not end`, "pulumi up"), usable: undefined };
  }
  const answer = await deployedVersions(api, { account: cloudflareAccountId, worker });
  if (answer.kind === "refused" && answer.status === 404) return problem(`${worker} is gone`, REFRESH);
  if (answer.kind !== "ok") return unanswered(answer);
  const [version, ...others] = answer.value;
  if (!version) return problem(`${worker} has no deployment`, REFRESH);
  if (others.length === 0) return fine(version.id, version.id);
  return note(`a gradual rollout of ${others.length + 1} versions, ${version.id} first`, undefined, version.id);
}

/** @param bundle what this clone would upload */
export async function code(
  api: CloudflareApi,
  { settings: { cloudflareAccountId }, names: { worker }, resources }: Subject,
  bundle: string,
): Promise<Found<undefined>> {
  const answer = await api.raw(`accounts/${cloudflareAccountId}/workers/scripts/${worker}/content/v2`);
  if (answer.kind !== "ok") return unanswered(answer);
  const live = await mainModule(String(answer.value), answer.headers);
  if (live === undefined) return unknown("Cloudflare's answer with the Worker's modules cannot be read");
  if (live === bundle) return fine("what this clone would upload");
  const uploaded = newest(ofType(resources, "worker"))?.inputs.content;
  if (uploaded === bundle) return problem("replaced by hand: it is not what the last run uploaded", REFRESH);
  return problem("not what this clone would upload: the clone is newer, or older", "pulumi up");
}

/** Asks the Worker itself. */
export async function answeringVersion(
  { url }: Pick<Outputs, "url">,
  live: string,
  { settings: { access } }: Subject,
  signal: AbortSignal,
): Promise<Found<undefined>> {
  if (url === undefined) return note("the stack has no url", "pulumi config set workersSubdomain NAME");
  const response = await fetch(`${url}/health`, {
    redirect: "manual", // Access leads to its login page
    signal: AbortSignal.any([AbortSignal.timeout(HEALTH_TIMEOUT_MS), signal]),
  }).catch(() => undefined);
  if (!response) return unknown(`${url} does not answer`);
  if (!response.ok && access) return fine(`Access is in front and answers ${response.status}`);
  const version = HEALTH.safeParse(await response.json().catch(() => undefined)).data?.version;
  if (version === live) return fine(`${url} answers with it`);
  if (version === undefined)
    return problem(`${url}/health answers ${response.status}, and is not this Worker`, REFRESH);
  return note(`${url} answers with ${version}: a new upload takes a few seconds until it is live everywhere`);
}

/** The content is multipart: a part for each module, and a header that names the main one. */
async function mainModule(text: string, headers: Headers): Promise<string | undefined> {
  const type = headers.get("content-type") ?? "";
  if (!type.startsWith("multipart/")) return text;
  const form = await new Response(text, { headers: { "content-type": type } }).formData().catch(() => undefined);
  const part = form?.get(headers.get("cf-entrypoint") ?? "") ?? [...(form?.values() ?? [])][0];
  return typeof part === "object" && part !== null ? (await part.text()).trim() : part?.trim();
}
