/**
 * Finds the Worker's id, by which Cloudflare Access protects it at every address. The provider's
 * script has only a name, so the id is looked up at each run. If the look-up fails in a preview,
 * the id is unknown there. In an `up` the run ends: without the id, workers.dev would be open.
 */
import type { WorkersScript } from "@pulumi/cloudflare/workersScript.js";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { askCloudflare } from "../shared/cloudflare-api.ts";

const WORKER = z.object({ id: z.string().regex(/^[0-9a-f]{32}$/) });

export function workerId({ accountId, scriptName, createdOn }: WorkersScript): pulumi.Output<string> {
  // `createdOn` is unknown in a preview before the Worker exists. So that preview looks nothing up.
  return pulumi.all([accountId, scriptName, createdOn]).apply(async ([account, name]) => {
    const answer = await askCloudflare(account, `workers/workers/${encodeURIComponent(name)}`, WORKER);
    if (answer.kind === "found") return answer.result.id;
    const why = answer.kind === "failed" ? answer.why : `Cloudflare does not know the Worker ${name}`;
    if (!pulumi.runtime.isDryRun()) {
      throw new pulumi.RunError(
        `Access cannot protect the Worker at workers.dev, because its id is not known: ${why}. ` +
          "Nothing is open that was not open before. Run it again: pulumi up",
      );
    }
    await pulumi.log.warn(`The Worker's id is not known in this preview: ${why}.`);
    return pulumi.unknown as unknown as string; // the engine's value for "known later"
  });
}
