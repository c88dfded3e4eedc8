/**
 * Every Pulumi resource type and look-up that the program uses: how it is created, read, updated and deleted in the local
 * cloud, with the limits that the real APIs enforce. A type that is not here is refused.
 */
import { cloudflareLookUps, cloudflareResources } from "./cloudflare/index.ts";
import { googleResources } from "./google/index.ts";
import { randomResources } from "./random.ts";
import type { LookUp, ResourceType } from "./resource-type.ts";
import { tlsResources } from "./tls.ts";

export const RESOURCES: Readonly<Record<string, ResourceType>> = {
  ...cloudflareResources,
  ...googleResources,
  ...randomResources,
  ...tlsResources,
};

export const LOOK_UPS: Readonly<Record<string, LookUp>> = cloudflareLookUps;
