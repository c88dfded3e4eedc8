/** Experiments with Anthropic's API, with the stack's key. */
import { z } from "zod";
import type { Answer } from "../clouds/api-client.ts";
import { type Experiment, oneToken } from "./experiment.ts";
import { type Check, compare, conclude, describeRaw, quote, untold } from "./finding.ts";
import { type Lab, QUESTION } from "./lab.ts";
import { parseJson, whoAnswered } from "./who-answered.ts";

const BATCH = z.object({ id: z.string(), processing_status: z.string() });
const ENDED_WAIT_MS = 60_000;
const INTERVAL_MS = 2_000;

/** Point 16. */
export const headAndBatch: Experiment = {
  cost: ({ anthropicModel }) => ({
    requests: 8,
    calls: [oneToken(anthropicModel, "anthropic")],
    makes: ["a batch of one request at Anthropic"],
  }),
  async run(lab) {
    const head = await lab.direct("api.anthropic.com", "", { method: "HEAD" });
    const checks: Check[] =
      head.kind === "unreachable"
        ? [untold("HEAD /", head.why)]
        : [compare("HEAD /", "200", String(head.status), `answer ${head.status} to HEAD / in local/anthropic/api.ts`)];
    return conclude([...checks, ...(await unfinishedBatch(lab))]);
  },
};

async function unfinishedBatch(lab: Lab): Promise<Check[]> {
  const params = { model: lab.plan.anthropicModel, max_tokens: 1, ...QUESTION };
  const made = await lab.anthropic("v1/messages/batches", { body: { requests: [{ custom_id: "verify", params }] } });
  const batch = made.kind === "answered" ? BATCH.safeParse(parseJson(made.text)).data : undefined;
  if (!batch) return [untold("a batch", describeRaw(made))];
  const path = `v1/messages/batches/${batch.id}`;
  lab.temporaries.add(`batch ${batch.id}`, (cleaning) => removeBatch(cleaning, path));
  const results = await lab.anthropic(`${path}/results`, { method: "GET" });
  const deleted = await lab.anthropic(path, { method: "DELETE" });
  return [
    wording("its results", `Batch ${batch.id} has no results yet.`, results),
    wording("its deletion", `Batch ${batch.id} is still in progress: cancel it first.`, deleted),
  ].map((check) => (check.kind === "told" ? { ...check, ...withoutId(check, batch.id) } : check));
}

function wording(what: string, believed: string, answer: Awaited<ReturnType<Lab["anthropic"]>>): Check {
  if (answer.kind === "unreachable") return untold(what, answer.why);
  if (answer.status === 200) return untold(what, "the batch had ended already");
  const seen = quote(`${answer.status} ${whoAnswered(answer).message}`);
  return compare(what, `400 ${believed}`, seen, `write the text for ${what} into local/anthropic/batches.ts`);
}

/** A report is easier to compare with another one without the id. */
function withoutId({ believed, seen }: { believed: string; seen: string }, id: string) {
  return { believed: believed.replaceAll(id, "…"), seen: seen.replaceAll(id, "…") };
}

/** A batch can be deleted only after it has ended. A cancelled one ends soon. */
async function removeBatch(lab: Lab, path: string): Promise<Answer<unknown>> {
  await lab.anthropic(`${path}/cancel`);
  for (let waitedMs = 0; waitedMs <= ENDED_WAIT_MS; waitedMs += INTERVAL_MS) {
    const read = await lab.anthropic(path, { method: "GET" });
    const status = read.kind === "answered" ? BATCH.safeParse(parseJson(read.text)).data?.processing_status : undefined;
    if (status === "ended" || status === undefined) break;
    await lab.pause(INTERVAL_MS);
  }
  const deleted = await lab.anthropic(path, { method: "DELETE" });
  if (deleted.kind === "unreachable") return deleted;
  return deleted.status === 200 || deleted.status === 404
    ? { kind: "ok", value: undefined, headers: deleted.headers }
    : { kind: "refused", status: deleted.status, message: whoAnswered(deleted).message, code: undefined };
}
