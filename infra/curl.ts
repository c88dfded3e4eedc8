/**
 * The request this project began with (blog post of October 22, 2024) as a bash command against a
 * stack's gateway. Its credentials come from the shell's environment, and neither they nor the body
 * become a process argument. Run as a program (`npm run -s curl`) it prints the command for the
 * selected stack; `-- --stack NAME` is another one.
 */
import { execFileSync } from "node:child_process";

/** Served by Anthropic, and by Vertex in us-east5 too: the last model that is. */
const MODEL = "claude-sonnet-4-6";

/**
 * @returns a command that needs ANTHROPIC_API_KEY, CF_AIG_TOKEN and a `gcloud` that is logged in.
 */
export function curlCommand(gatewayUrl: string, project: string, location = "us-east5"): string {
  const model = `projects/${project}/locations/${location}/publishers/anthropic/models/${MODEL}`;
  const question = { max_tokens: 64, messages: [{ role: "user", content: "Hello" }] };
  const steps = [
    {
      provider: "anthropic",
      endpoint: "v1/messages",
      headers: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: bash fills it in, not TypeScript
        "x-api-key": "${ANTHROPIC_API_KEY}",
        "Content-Type": "application/json",
        "anthropic-version": "2023-06-01",
      },
      query: { model: MODEL, ...question },
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

/** What `pulumi config --json` says of a setting; a value that is not text is JSON. */
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
    const [location]: string[] = JSON.parse(setting("vertexLocations") ?? "[]");
    console.log(curlCommand(gatewayUrl, setting("googleProject") ?? "", location));
  } catch {
    // Pulumi has said why.
    process.exitCode = 1;
  }
}
