/** The clouds of a stack, with their addresses and credentials. */
import type { AnthropicApi } from "./anthropic.ts";
import type { BedrockApi } from "./bedrock.ts";
import type { CloudflareApi } from "./cloudflare.ts";
import type { GoogleApi } from "./google.ts";

export interface Clouds {
  /** With the deployer's token. A call throws a `Failure` if there is none. */
  cloudflare: CloudflareApi;
  /** With the caller's application default credentials. */
  google: GoogleApi;
  anthropic: AnthropicApi;
  bedrock: BedrockApi;
  /** The deployer's token for Cloudflare, for a check of the token itself. Undefined: there is none. */
  cloudflareToken(): Promise<string | undefined>;
  /** The caller's credentials for Google, for a request whose answer is looked at as it comes. */
  googleHeaders(): Promise<Readonly<Record<string, string>>>;
  /** The address of a host such as `gateway.ai.cloudflare.com`, without a slash at its end. */
  urlOf(host: string): string;
}
