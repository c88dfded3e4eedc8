/**
 * The real clouds. Cloudflare's token is the one that the program uses; Google's credentials are
 * those of `gcloud auth application-default login`, as for Google's provider.
 */
import type { GoogleAuth } from "google-auth-library";
import { Failure } from "../command/failure.ts";
import { redact } from "../command/redact.ts";
import { AnthropicApi } from "./anthropic.ts";
import { BedrockApi } from "./bedrock.ts";
import { CloudflareApi, DEFAULT_CLOUDFLARE_URL } from "./cloudflare.ts";
import type { Clouds } from "./clouds.ts";
import { GoogleApi } from "./google.ts";

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

type Environment = Readonly<Record<string, string | undefined>>;

/** @param configured the stack's configuration by full key; it may fail where there is no stack */
export function liveClouds(
  environment: Environment,
  configured: () => Promise<Readonly<Record<string, string>>>,
  signal: AbortSignal,
): Clouds {
  const setting = async (key: string) => (await configured().catch(() => ({}) as Record<string, string>))[key];
  const cloudflareToken = async () =>
    clean((await setting("cloudflare:apiToken")) ?? environment.CLOUDFLARE_API_TOKEN ?? "");
  const urlOf = (host: string) => googleUrl(host, environment);
  const ownGoogleHeaders = googleHeaders(environment);
  return {
    cloudflareToken,
    googleHeaders: ownGoogleHeaders,
    urlOf,
    cloudflare: new CloudflareApi({
      baseUrl: (environment.CLOUDFLARE_BASE_URL ?? DEFAULT_CLOUDFLARE_URL).replace(/\/+$/, ""),
      headers: async () => {
        const token = await cloudflareToken();
        if (token) return { authorization: `Bearer ${token}` };
        throw new Failure("usage", "there is no Cloudflare API token", "export CLOUDFLARE_API_TOKEN");
      },
      signal,
    }),
    google: new GoogleApi({ urlOf, headers: ownGoogleHeaders, signal }),
    anthropic: new AnthropicApi({ baseUrl: "https://api.anthropic.com", signal }),
    bedrock: new BedrockApi({ urlOf, signal }),
  };
}

/**
 * The provider's own variables for other addresses, so that both always call the same host. Their
 * values end with the API's version, as in `https://host/v1/`.
 */
const ENDPOINTS: Readonly<Record<string, string>> = {
  "cloudbilling.googleapis.com": "GOOGLE_CLOUD_BILLING_CUSTOM_ENDPOINT",
  "cloudresourcemanager.googleapis.com": "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT",
  "iam.googleapis.com": "GOOGLE_IAM_BETA_CUSTOM_ENDPOINT",
  "serviceusage.googleapis.com": "GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT",
};

function googleUrl(host: string, environment: Environment): string {
  const given = environment[ENDPOINTS[host] ?? ""];
  return given ? given.replace(/\/v\d\w*\/?$/, "") : `https://${host}`;
}

/** A token that was pasted from a file with Windows line ends has a carriage return at its end. */
function clean(token: string): string | undefined {
  return token.trim() === "" ? undefined : token.trim();
}

function googleHeaders({ GOOGLE_OAUTH_ACCESS_TOKEN: given }: Environment) {
  let auth: Promise<GoogleAuth> | undefined;
  return async () => {
    // Loaded when it is needed: the library takes a while.
    auth ??= import("google-auth-library").then(({ GoogleAuth }) => new GoogleAuth({ scopes: SCOPE }));
    const token = given?.trim() || (await (await auth).getAccessToken().catch(noCredentials));
    return { authorization: `Bearer ${token}` };
  };
}

function noCredentials(error: unknown): never {
  const [why = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  throw new Failure("unknown", `no Google credentials: ${redact(why)}`, "gcloud auth application-default login");
}
