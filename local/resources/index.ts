/**
 * Every Pulumi resource type that the program uses: how the local cloud creates, reads, updates and
 * deletes it, with the limits of the real APIs. Other types are refused.
 */
import { cloudflareResources } from "./cloudflare/index.ts";
import { googleResources } from "./google/index.ts";
import { randomResources } from "./random.ts";
import type { ResourceType } from "./resource-type.ts";
import { tlsResources } from "./tls.ts";

export const RESOURCES: Readonly<Record<string, ResourceType>> = {
  ...cloudflareResources,
  ...googleResources,
  ...randomResources,
  ...tlsResources,
};
