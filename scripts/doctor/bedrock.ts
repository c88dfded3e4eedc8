/** Amazon's side, if the stack uses Bedrock: the API key, and the models of its region. */
import { findModel } from "../../worker/models.ts";
import type { BedrockApi } from "../clouds/bedrock.ts";
import { type Found, fine, note, problem, unanswered } from "./found.ts";
import type { InUse } from "./models-in-use.ts";
import type { Subject } from "./subject.ts";

/** @returns the ids of the models in the region; undefined if Bedrock is not used */
export async function bedrockKey(
  api: BedrockApi,
  { settings: { bedrock, bedrockApiKey = "" } }: Subject,
): Promise<Found<ReadonlySet<string> | undefined>> {
  if (!bedrock) return fine("not used", undefined);
  const answer = await api.models(bedrock.region, bedrockApiKey);
  if (answer.kind === "ok") return fine(`Bedrock knows it in ${bedrock.region}`, new Set(answer.value));
  if (answer.kind === "refused" && (answer.status === 401 || answer.status === 403)) {
    const cure = "pulumi config set --secret bedrockApiKey && pulumi up";
    return problem(`Bedrock refuses the key: ${answer.message}`, cure);
  }
  return unanswered(answer);
}

/** A model that the region lacks costs an attempt, and only when Bedrock is asked. */
export function bedrockModels(
  offered: ReadonlySet<string> | undefined,
  { models }: InUse,
  { settings }: Subject,
): Found<undefined> {
  if (!offered) return fine("not used");
  const ids = models.flatMap((id) => findModel(id, settings.models)?.bedrockId ?? []);
  const missing = ids.filter((id) => !offered.has(id));
  if (missing.length === 0) return fine(`the region has all ${ids.length} in use that Bedrock serves`);
  return note(`the region does not have ${missing.join(", ")}`, "another region: pulumi config set bedrock");
}
