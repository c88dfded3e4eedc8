/** Cloudflare's resources. Texts and codes: docs/fidelity.md. */

import type { ResourceType } from "../resource-type.ts";
import { accessApplication } from "./access.ts";
import { workersCustomDomain, workersScriptSubdomain } from "./address.ts";
import { gateway } from "./gateway.ts";
import { workersScript } from "./script.ts";
import { accountToken } from "./token.ts";

export { AI_GATEWAY_RUN } from "./token.ts";

export const cloudflareResources: Readonly<Record<string, ResourceType>> = {
  "cloudflare:index/aiGateway:AiGateway": gateway,
  "cloudflare:index/accountToken:AccountToken": accountToken,
  "cloudflare:index/workersScript:WorkersScript": workersScript,
  "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": workersScriptSubdomain,
  "cloudflare:index/workersCustomDomain:WorkersCustomDomain": workersCustomDomain,
  "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": accessApplication,
};
