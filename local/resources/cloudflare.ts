/** Cloudflare's resources. Texts and codes: docs/fidelity.md. */
import { accessApplication } from "./cloudflare-access.ts";
import { workersCustomDomain, workersScriptSubdomain } from "./cloudflare-address.ts";
import { gateway } from "./cloudflare-gateway.ts";
import { workersScript } from "./cloudflare-script.ts";
import { accountToken } from "./cloudflare-token.ts";
import type { ResourceKind } from "./kind.ts";

export { cloudflareLookUps } from "./cloudflare-look-ups.ts";
export { AI_GATEWAY_RUN } from "./cloudflare-token.ts";

export const cloudflareResources: Readonly<Record<string, ResourceKind>> = {
  "cloudflare:index/aiGateway:AiGateway": gateway,
  "cloudflare:index/accountToken:AccountToken": accountToken,
  "cloudflare:index/workersScript:WorkersScript": workersScript,
  "cloudflare:index/workersScriptSubdomain:WorkersScriptSubdomain": workersScriptSubdomain,
  "cloudflare:index/workersCustomDomain:WorkersCustomDomain": workersCustomDomain,
  "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": accessApplication,
};
