/** The deployer's API token for Cloudflare: is there one, does Cloudflare know it, until when. */
import { z } from "zod";
import { cloudflareToken } from "../../infra/settings/formats.ts";
import type { CloudflareApi } from "../clouds/cloudflare.ts";
import type { Clouds } from "../clouds/clouds.ts";
import { type Found, fine, note, problem, unanswered } from "./found.ts";
import type { Subject } from "./subject.ts";

const VERIFIED = z.object({ status: z.string(), expires_on: z.string().optional() });
const DAY_MS = 24 * 3_600_000;
/** Within so many days an expiry is worth a note. */
const SOON_DAYS = 30;

/** Without an argument that the shell's history would keep. */
export const EXPORT_TOKEN = "read -rs CLOUDFLARE_API_TOKEN && export CLOUDFLARE_API_TOKEN";

export type TokenKind = "account" | "user";

/** @param setToken the command that gives the stack another token */
export async function presentToken({ cloudflareToken: read }: Clouds, setToken: string): Promise<Found<undefined>> {
  const token = await read();
  if (token === undefined) {
    return problem("there is no Cloudflare API token", `${setToken}, with a token that docs/security.md describes`);
  }
  const { error } = cloudflareToken.safeParse(token);
  return error ? problem(error.issues[0]?.message ?? "malformed", setToken) : fine("there is one");
}

/** Each kind of token verifies itself at its own path, and the other path calls it invalid. */
export async function verifiedToken(
  api: CloudflareApi,
  { settings: { cloudflareAccountId } }: Subject,
  setToken: string,
): Promise<Found<TokenKind>> {
  const [account, user] = await Promise.all([
    api.get(`accounts/${cloudflareAccountId}/tokens/verify`, VERIFIED),
    api.get("user/tokens/verify", VERIFIED),
  ]);
  if (account.kind === "ok") return judged("account", account.value, setToken);
  if (user.kind === "ok") return judged("user", user.value, setToken);
  const isRefused = (answer: typeof account) =>
    answer.kind === "refused" && answer.status < 500 && answer.status !== 429;
  if (isRefused(account) && isRefused(user)) {
    return problem("Cloudflare does not know this token", renewal("account", setToken));
  }
  return unanswered(isRefused(account) ? user : account);
}

function judged(
  kind: TokenKind,
  { status, expires_on: expiresOn }: z.infer<typeof VERIFIED>,
  setToken: string,
): Found<TokenKind> {
  if (status !== "active") return problem(`the token is ${status}`, renewal(kind, setToken));
  const expires = expiresOn === undefined ? "never expires" : `expires on ${expiresOn.slice(0, 10)}`;
  const daysLeft = expiresOn === undefined ? Number.POSITIVE_INFINITY : (Date.parse(expiresOn) - Date.now()) / DAY_MS;
  const text = `${kind === "account" ? "the account's" : "a user's"} token, active, ${expires}`;
  if (daysLeft <= SOON_DAYS) return note(text, renewal(kind, setToken), kind);
  if (kind === "account") return fine(text, kind);
  return note(`${text}; it ends when the user leaves`, `make an account's token: ${tokensPage("account")}`, kind);
}

function renewal(kind: TokenKind, setToken: string): string {
  return `${setToken}, with a new one of ${tokensPage(kind)}`;
}

/** Where a person makes and changes tokens. */
export function tokensPage(kind: TokenKind): string {
  return kind === "account"
    ? "https://dash.cloudflare.com/?to=/:account/api-tokens"
    : "https://dash.cloudflare.com/profile/api-tokens";
}
