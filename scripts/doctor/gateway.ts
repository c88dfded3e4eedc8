/** The deployed gateway and its run tokens, compared with what the last `pulumi up` made. */
import { z } from "zod";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import { type Found, fine, note, problem, unanswered } from "./found.ts";
import { rotationCommand } from "./rotation-command.ts";
import { epochOf, newest, ofType, REFRESH } from "./state.ts";
import type { Subject } from "./subject.ts";

const LIVE = z.record(z.string(), z.unknown());
const TOKEN = z.object({ id: z.string(), name: z.string(), status: z.string(), issued_on: z.string().optional() });

/** Settings whose change by hand is a danger or costs money. Names are those of the Pulumi schema. */
const COMPARED = [
  "authentication",
  "byokOnly",
  "cacheTtl",
  "collectLogs",
  "logManagement",
  "logManagementStrategy",
  "logpush",
  "rateLimitingInterval",
  "rateLimitingLimit",
  "rateLimitingTechnique",
  "zdr",
] as const;

export interface RunToken {
  id: string;
  epoch: number;
  issuedOn: string | undefined;
}

/** What happens if the name is taken, the program says too late: in the middle of a run. */
export function nameIsFree(
  what: "gateway" | "worker",
  taken: ReadonlySet<string>,
  { names, resources }: Subject,
): Found<undefined> {
  const name = names[what];
  const isOwn = ofType(resources, what).length > 0;
  if (isOwn) return fine(`${name} is this stack's`);
  if (!taken.has(name)) return fine(`${name} is free`);
  return problem(
    `${name} exists already, and not in this stack's state`,
    `pulumi config set namedAfter PROJECT/STACK, or, if this stack made it in a run that was interrupted: ` +
      `pulumi config set adopt '["${what}"]' && pulumi up && pulumi config rm adopt`,
  );
}

export async function gatewaySettings(
  api: CloudflareApi,
  { settings: { cloudflareAccountId }, names: { gateway: id }, resources }: Subject,
): Promise<Found<undefined>> {
  const made = newest(ofType(resources, "gateway"));
  if (!made) return note(`${id} is not in the state: the last run did not end`, "pulumi up");
  const answer = await api.get(`accounts/${cloudflareAccountId}/ai-gateway/gateways/${id}`, LIVE);
  if (answer.kind === "refused" && answer.status === 404) return problem(`${id} is gone`, REFRESH);
  if (answer.kind !== "ok") return unanswered(answer);
  const changed = COMPARED.flatMap((name) => {
    const [wanted, live] = [made.inputs[name], answer.value[snakeCase(name)]];
    return wanted === undefined || wanted === live ? [] : [`${name} is ${live} instead of ${wanted}`];
  });
  if (changed.length === 0) return fine(`${id} is as the last run made it`);
  return problem(`changed by hand: ${changed.join(", ")}`, REFRESH);
}

/** @returns the run tokens that Cloudflare has of the state's */
export async function runTokens(
  api: CloudflareApi,
  { settings, names: { gateway }, resources }: Subject,
): Promise<Found<RunToken[]>> {
  if (settings.gatewayToken !== undefined) return fine("not minted by the stack: gatewayToken is given", []);
  const path = `accounts/${settings.cloudflareAccountId}/tokens`;
  const answer = await api.list(path, TOKEN, { include_expired: true });
  if (answer.kind !== "ok") return unanswered(answer);
  const made = ofType(resources, "runToken");
  const used = newest(made);
  if (!used) return note("none is in the state: the last run did not end", "pulumi up", []);
  const live = answer.value.find(({ id }) => id === used.id);
  if (!live)
    return problem(`the run token of epoch ${epochOf(used)} is gone, so the gateway refuses the Worker`, REFRESH);
  if (live.status !== "active") {
    const cure = live.status === "expired" ? REFRESH : rotationCommand("gatewayToken");
    return problem(`the run token is ${live.status}, so the gateway refuses the Worker`, cure);
  }
  const known = new Set(made.map(({ id }) => id));
  const isOwn = (name: string) => name.startsWith(`${gateway}: run AI Gateway (`);
  const lost = answer.value.filter(({ id, name, status }) => isOwn(name) && status === "active" && !known.has(id));
  const tokens = made.map((token) => ({
    id: token.id,
    epoch: epochOf(token),
    issuedOn: answer.value.find(({ id }) => id === token.id)?.issued_on,
  }));
  if (lost.length === 0) return fine(`epoch ${epochOf(used)}, active`, tokens);
  return {
    ...problem(
      `${lost.length} of this stack's name that no state names, left by an interrupted run: ${lost.map(({ id }) => id).join(", ")}`,
      "npm run leaks -- --delete",
    ),
    usable: { value: tokens },
  };
}

/** A token that a person made can be checked only by itself. */
export async function givenRunToken(api: CloudflareApi, { settings }: Subject): Promise<Found<undefined>> {
  const { gatewayToken, cloudflareAccountId } = settings;
  if (gatewayToken === undefined) return fine("not given: the stack mints its own");
  const own = api.withToken(gatewayToken);
  const shape = z.object({ status: z.string() });
  const [account, user] = await Promise.all([
    own.get(`accounts/${cloudflareAccountId}/tokens/verify`, shape),
    own.get("user/tokens/verify", shape),
  ]);
  const known = account.kind === "ok" ? account : user;
  const cure = "pulumi config set --secret gatewayToken && pulumi up";
  if (known.kind === "unreachable") return unanswered(known);
  if (known.kind === "refused") return problem("Cloudflare does not know the given gatewayToken", cure);
  if (known.value.status !== "active") return problem(`the given gatewayToken is ${known.value.status}`, cure);
  return fine("the given gatewayToken is active; whether it has AI Gateway Run, no read can tell");
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
