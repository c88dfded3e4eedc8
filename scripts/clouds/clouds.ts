/** The clouds of a stack, with their addresses and credentials. */
import type { AnthropicApi } from "./anthropic.ts";
import type { CloudflareApi } from "./cloudflare.ts";
import type { GoogleApi } from "./google.ts";

export interface Clouds {
  /** With the deployer's token. A call throws a `Failure` if there is none. */
  cloudflare: CloudflareApi;
  /** With the caller's application default credentials. */
  google: GoogleApi;
  anthropic: AnthropicApi;
  /** The deployer's token for Cloudflare, for a check of the token itself. Undefined: there is none. */
  cloudflareToken(): Promise<string | undefined>;
}
