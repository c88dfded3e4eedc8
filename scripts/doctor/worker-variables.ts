/** Whether the live Worker's variables are those that the settings ask for. Secrets have only names. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ResourceNames } from "../../infra/names.ts";
import type { Settings } from "../../infra/settings/index.ts";
import { toWorkerOptions } from "../../infra/worker/bindings.ts";
import { failureCounterBindings, rateLimitBindings } from "../../infra/worker/rate-limits.ts";
import { CLIENTS_PER_BINDING, parseClient } from "../../worker/client-line.ts";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import type { Outputs } from "../stack/stack.ts";
import { type Found, fine, problem, unanswered } from "./found.ts";
import type { Deployment } from "./outputs.ts";
import { REFRESH } from "./state.ts";
import type { Subject } from "./subject.ts";

const LIVE = z.object({
  bindings: z.array(z.object({ name: z.string(), type: z.string(), text: z.string().optional() })),
  compatibility_date: z.string().optional(),
  observability: z.object({ enabled: z.boolean(), logs: z.object({ enabled: z.boolean() }).nullish() }).nullish(),
});

export type LiveWorker = z.infer<typeof LIVE>;

/** @returns what the API shows of the live Worker */
export async function workerLog(
  api: CloudflareApi,
  { settings: { cloudflareAccountId }, names: { worker } }: Subject,
): Promise<Found<LiveWorker>> {
  const answer = await api.get(`accounts/${cloudflareAccountId}/workers/scripts/${worker}/settings`, LIVE);
  if (answer.kind !== "ok") return unanswered(answer);
  const { observability } = answer.value;
  const isOn = observability?.enabled === true && observability.logs?.enabled !== false;
  if (isOn) return fine("is kept", answer.value);
  const off = problem("is off, so npm run explain and npm run status see nothing", REFRESH);
  return { ...off, usable: { value: answer.value } };
}

export function variables(
  { bindings }: LiveWorker,
  { settings, names }: Subject,
  { stack, outputs: { gatewayUrl, clientTokens } }: Deployment,
): Found<undefined> {
  const texts = wantedTexts(settings, stack, gatewayUrl);
  const wanted = new Set([...Object.keys(texts), ...clientVariables(settings), ...otherNames(settings, names)]);
  const live = new Map(bindings.map((binding) => [binding.name, binding.text]));
  const missing = [...wanted].filter((name) => !live.has(name));
  const extra = [...live.keys()].filter((name) => !wanted.has(name));
  const changed = Object.entries(texts).filter(([name, text]) => live.has(name) && live.get(name) !== text);
  const clients = missing.length === 0 ? clientDifferences(settings, clientTokens, live) : [];
  const wrong = [
    ...missing.map((name) => `${name} is missing`),
    ...extra.map((name) => `${name} is not of this stack`),
    ...changed.map(([name]) => `${name} is not what the settings say`),
    ...clients,
  ];
  if (wrong.length === 0) return fine(`all ${wanted.size} are what the settings say`);
  return problem(
    wrong.join(", "),
    `${REFRESH}; if this line stays, somebody changed it by hand: correct it in the dashboard, Workers, ${names.worker}, Settings`,
  );
}

function wantedTexts(settings: Settings, stack: string, gatewayUrl: string): Record<string, string> {
  return {
    ENVIRONMENT: stack,
    GATEWAY_URL: gatewayUrl,
    GOOGLE_PROJECT: settings.googleProject,
    VERTEX_LOCATIONS: JSON.stringify(settings.vertexLocations),
    CLIENT_COUNT: String(settings.clients.length),
    OPTIONS: JSON.stringify(toWorkerOptions(settings)),
  };
}

function clientVariables({ clients }: Settings): string[] {
  return Array.from({ length: Math.ceil(clients.length / CLIENTS_PER_BINDING) }, (_, index) => `CLIENTS_${index + 1}`);
}

function otherNames(settings: Settings, { worker }: ResourceNames): string[] {
  const { rotation, clients, breaker, anthropicApiKeyPrevious, gatewayToken, gatewayTokenPrevious } = settings;
  const { bedrock, bedrockApiKeyPrevious } = settings;
  const isRotated = ({ epoch, revokePrevious }: Settings["rotation"]["google"]) => epoch > 1 && !revokePrevious;
  const rates = clients.flatMap(({ requestsPerMinute }) => requestsPerMinute ?? []);
  const hasPreviousToken =
    gatewayToken === undefined ? isRotated(rotation.gatewayToken) : gatewayTokenPrevious !== undefined;
  return [
    "ANTHROPIC_API_KEY",
    "GATEWAY_TOKEN",
    "GOOGLE_CREDENTIAL",
    ...(anthropicApiKeyPrevious === undefined ? [] : ["ANTHROPIC_API_KEY_PREVIOUS"]),
    ...(hasPreviousToken ? ["GATEWAY_TOKEN_PREVIOUS"] : []),
    ...(isRotated(rotation.google) ? ["GOOGLE_CREDENTIAL_PREVIOUS"] : []),
    ...(bedrock ? ["BEDROCK_API_KEY"] : []),
    ...(bedrock && bedrockApiKeyPrevious !== undefined ? ["BEDROCK_API_KEY_PREVIOUS"] : []),
    ...rateLimitBindings(worker, rates).map(({ name }) => name),
    ...failureCounterBindings(worker, breaker.neighbours ? breaker : undefined).map(({ name }) => name),
    "VERSION",
  ];
}

/** The rights of each client, and the digest of the token that the stack's output has. */
function clientDifferences(
  { clients }: Settings,
  tokens: Outputs["clientTokens"],
  live: ReadonlyMap<string, string | undefined>,
): string[] {
  const lines = [...live].flatMap(([name, text]) => (/^CLIENTS_\d+$/.test(name) ? (text ?? "").split("\n") : []));
  const known = new Map(lines.flatMap((line) => parsed(line)).map((client) => [client.name, client]));
  return clients.flatMap(({ name, operator, batches, requestsPerMinute }) => {
    const client = known.get(name);
    if (!client) return [`the client ${name} is missing`];
    const token = tokens[name];
    const digest = token === undefined ? undefined : createHash("sha256").update(token).digest("base64url");
    if (digest !== undefined && client.sha256[0] !== digest) return [`the client ${name} has another token`];
    const isSame =
      (client.operator ?? false) === operator &&
      (client.batches ?? false) === batches &&
      client.requestsPerMinute === requestsPerMinute;
    return isSame ? [] : [`the client ${name} has other rights`];
  });
}

function parsed(line: string) {
  try {
    return [parseClient(line)];
  } catch {
    return [];
  }
}
