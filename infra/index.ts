/**
 * The program: configuration → one component → outputs. Pulumi calls it; the local cloud calls it too, as often as it likes.
 */
import { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider.js";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { Provider as RandomProvider } from "@pulumi/random/provider.js";
import { Provider as TlsProvider } from "@pulumi/tls/provider.js";
import { ClaudeFailover } from "./claude-failover.ts";
import { readConfig } from "./config.ts";
import { curlCommand } from "./curl.ts";
import { resourceNames } from "./names.ts";

export default async function program() {
  const { settings, cloudflareApiToken } = readConfig();
  const failover = new ClaudeFailover(
    "claude-failover",
    { ...settings, environment: pulumi.getStack(), names: resourceNames(pulumi.getProject(), pulumi.getStack()) },
    {
      providers: {
        cloudflare: new CloudflareProvider("cloudflare", cloudflareApiToken ? { apiToken: cloudflareApiToken } : {}),
        gcp: new GoogleProvider("google", { project: settings.googleProject }),
        random: new RandomProvider("random"),
        ...(settings.googleAuth === "workloadIdentity" ? { tls: new TlsProvider("tls") } : {}),
      },
    },
  );
  return {
    url: failover.url,
    gatewayUrl: failover.gatewayUrl,
    clientTokens: failover.clientTokens,
    gatewayToken: failover.gatewayToken,
    curl: curlCommand(failover.gatewayUrl, settings.googleProject, settings.vertexLocations[0]),
  };
}
