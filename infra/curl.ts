/**
 * Makes a bash command that sends the request of the original blog post (October 22, 2024) to a
 * stack's gateway. The command reads its credentials from the shell's environment. Neither the
 * credentials nor the body become process arguments, because every user of the machine can read
 * those. Run as a program (`npm run -s curl`), this file prints the command for the selected stack,
 * or for another one with `-- --stack NAME`.
 */
import { execFileSync } from "node:child_process";
import { isRetired, MODELS } from "../worker/models.ts";
import { isFable } from "./models/fable.ts";
import { defaultLocations } from "./settings/default-locations.ts";

/** @returns a command that needs ANTHROPIC_API_KEY, CF_AIG_TOKEN and a logged-in `gcloud` */
export function curlCommand(gatewayUrl: string, project: string, location = "us-east5"): string {
  const { id, vertexId } = newestModel(location);
  const model = `projects/${project}/locations/${location}/publishers/anthropic/models/${vertexId}`;
  const question = { max_tokens: 64, messages: [{ role: "user", content: "Hello" }] };
  const steps = [
    {
      provider: "anthropic",
      endpoint: "v1/messages",
      headers: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: bash replaces the variable
        "x-api-key": "${ANTHROPIC_API_KEY}",
        "Content-Type": "application/json",
        "anthropic-version": "2023-06-01",
      },
      query: { model: id, ...question },
    },
    {
      provider: "google-vertex-ai",
      endpoint: `v1/${model}:rawPredict`,
      headers: {
        Authorization: "Bearer $(gcloud auth application-default print-access-token)",
        "Content-Type": "application/json",
      },
      query: { anthropic_version: "vertex-2023-10-16", ...question },
    },
  ];
  return `curl --silent --show-error --include ${gatewayUrl} \\
  --header 'Content-Type: application/json' \\
  --header @<(printf 'cf-aig-authorization: Bearer %s' "$CF_AIG_TOKEN") \\
  --data @- <<REQUEST
${JSON.stringify(steps, null, 2)}
REQUEST`;
}

/**
 * @returns the newest model that Anthropic and Vertex in this location serve. Fable is left out,
 * because Google wants more consents for it.
 */
function newestModel(location: string): { id: string; vertexId?: string } {
  const served = MODELS.find(
    (model) => model.locations.includes(location) && !isFable(model.id) && !isRetired(model, Date.now()),
  );
  return served ?? { id: "claude-sonnet-4-6", vertexId: "claude-sonnet-4-6" };
}

/** The output of `pulumi config --json`. A value that is not text is JSON. */
type Configured = Readonly<Record<string, { value?: string }>>;

if (import.meta.main) {
  const pulumi = (...args: string[]) =>
    execFileSync("pulumi", [...args, ...process.argv.slice(2)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }).trim();
  try {
    const gatewayUrl = pulumi("stack", "output", "gatewayUrl");
    const configured: Configured = JSON.parse(pulumi("config", "--json"));
    const setting = (key: string) =>
      Object.entries(configured).find(([fullKey]) => fullKey.endsWith(`:${key}`))?.[1].value;
    const list = (key: string): string[] | undefined => JSON.parse(setting(key) ?? "null") ?? undefined;
    const [location] = list("vertexLocations") ?? defaultLocations(list("allowedLocations"));
    console.log(curlCommand(gatewayUrl, setting("googleProject") ?? "", location));
  } catch {
    // Pulumi has printed the reason.
    process.exitCode = 1;
  }
}
