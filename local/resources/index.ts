/**
 * Every Pulumi resource type and look-up that the program uses: how it is created, read, updated and deleted in the local
 * cloud, with the limits that the real APIs enforce. A type that is not here is refused.
 */
import { cloudflareLookUps, cloudflareResources } from "./cloudflare.ts";
import { googleResources } from "./google.ts";
import type { LookUp, ResourceKind } from "./kind.ts";
import { randomResources } from "./random.ts";
import { tlsResources } from "./tls.ts";

export const RESOURCES: Readonly<Record<string, ResourceKind>> = {
  ...cloudflareResources,
  ...googleResources,
  ...randomResources,
  ...tlsResources,
};

export const LOOK_UPS: Readonly<Record<string, LookUp>> = cloudflareLookUps;
