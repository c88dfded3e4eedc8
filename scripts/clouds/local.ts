/** The local cloud of a running `npm start`: every host is a path under its address. */
import { z } from "zod";
import { AnthropicApi } from "./anthropic.ts";
import { BedrockApi } from "./bedrock.ts";
import { CloudflareApi } from "./cloudflare.ts";
import type { Clouds } from "./clouds.ts";
import { GoogleApi } from "./google.ts";

const ACCESS_TOKEN = z.object({ access_token: z.string() });

export function localClouds(cloudUrl: string, cloudflareToken: () => Promise<string>, signal: AbortSignal): Clouds {
  const urlOf = (host: string) => `${cloudUrl}/${host}`;
  const googleHeaders = async () => {
    const response = await fetch(`${cloudUrl}/gcloud/access-token`, { method: "POST", signal });
    const { access_token: token } = ACCESS_TOKEN.parse(await response.json());
    return { authorization: `Bearer ${token}` };
  };
  return {
    cloudflareToken,
    googleHeaders,
    urlOf,
    cloudflare: new CloudflareApi({
      baseUrl: `${urlOf("api.cloudflare.com")}/client/v4`,
      headers: async () => ({ authorization: `Bearer ${await cloudflareToken()}` }),
      signal,
    }),
    google: new GoogleApi({ urlOf, headers: googleHeaders, signal }),
    anthropic: new AnthropicApi({ baseUrl: urlOf("api.anthropic.com"), signal }),
    bedrock: new BedrockApi({ urlOf, signal }),
  };
}
