/**
 * The Pulumi program. It reads the configuration, creates one component and returns its outputs.
 * Pulumi and the local cloud call it.
 */
import { Provider as CloudflareProvider } from "@pulumi/cloudflare/provider.js";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { Provider as RandomProvider } from "@pulumi/random/provider.js";
import { Provider as TlsProvider } from "@pulumi/tls/provider.js";
import { ClaudeFailover } from "./claude-failover.ts";
import { readConfig } from "./config.ts";

/**
 * With batching the provider would wait three seconds at each API and each grant, for others that
 * it could send in the same call.
 */
const BATCHING = { enableBatching: false, sendAfter: "0s" };

export default async function program() {
  const { settings, names, cloudflare } = await readConfig();
  const { namedAfter: _inNames, ...args } = settings;
  const failover = new ClaudeFailover(
    "claude-failover",
    { ...args, environment: pulumi.getStack(), names },
    {
      providers: {
        cloudflare: new CloudflareProvider("cloudflare", cloudflare),
        gcp: new GoogleProvider("google", { project: settings.googleProject, batching: BATCHING }),
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
  };
}
