/**
 * Which uploads of the Worker serve, by Cloudflare. An answer's `x-failover-version` must be one of
 * them. Source: `src/resources/workers/scripts/deployments.ts` of cloudflare-typescript: the first
 * deployment is the one that serves.
 */
import { z } from "zod";
import type { Answer } from "./api-client.ts";
import type { CloudflareApi } from "./cloudflare.ts";

export interface DeployedVersion {
  id: string;
  /** Its share of the traffic, in percent. */
  percentage: number;
}

const DEPLOYMENTS = z.object({
  deployments: z.array(
    z.object({ versions: z.array(z.object({ version_id: z.string(), percentage: z.number() })).default([]) }),
  ),
});

/** Empty if nothing is deployed. */
export async function deployedVersions(
  cloudflare: CloudflareApi,
  { account, worker }: { account: string; worker: string },
): Promise<Answer<DeployedVersion[]>> {
  const path = `accounts/${account}/workers/scripts/${worker}/deployments`;
  const answer = await cloudflare.get(path, DEPLOYMENTS);
  if (answer.kind !== "ok") return answer;
  const [newest] = answer.value.deployments;
  const versions = newest?.versions ?? [];
  return { ...answer, value: versions.map(({ version_id: id, percentage }) => ({ id, percentage })) };
}
