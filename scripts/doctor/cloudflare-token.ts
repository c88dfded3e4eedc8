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

export type TokenKind = "account" | "user";

export async function presentToken({ cloudflareToken: read }: Clouds): Promise<Found<undefined>> {
  const token = await read();
  if (token === undefined) {
    return problem(
      "there is no Cloudflare API token",
      "export CLOUDFLARE_API_TOKEN=TOKEN (docs/security.md says which)",
    );
  }
  const { error } = cloudflareToken.safeParse(token);
  if (!error) return fine("there is one");
  return problem(error.issues[0]?.message ?? "malformed", "export CLOUDFLARE_API_TOKEN=TOKEN");
}

/** Each kind of token verifies itself at its own path, and the other path calls it invalid. */
export async function verifiedToken(
  api: CloudflareApi,
  { settings: { cloudflareAccountId } }: Subject,
): Promise<Found<TokenKind>> {
  const [account, user] = await Promise.all([
    api.get(`accounts/${cloudflareAccountId}/tokens/verify`, VERIFIED),
    api.get("user/tokens/verify", VERIFIED),
  ]);
  if (account.kind === "ok") return judged("account", account.value);
  if (user.kind === "ok") return judged("user", user.value);
  const isRefused = (answer: typeof account) =>
    answer.kind === "refused" && answer.status < 500 && answer.status !== 429;
  if (isRefused(account) && isRefused(user)) {
    return problem("Cloudflare does not know this token", renewal("account"));
  }
  return unanswered(isRefused(account) ? user : account);
}

function judged(kind: TokenKind, { status, expires_on: expiresOn }: z.infer<typeof VERIFIED>): Found<TokenKind> {
  if (status !== "active") return problem(`the token is ${status}`, renewal(kind));
  const expires = expiresOn === undefined ? "never expires" : `expires on ${expiresOn.slice(0, 10)}`;
  const daysLeft = expiresOn === undefined ? Number.POSITIVE_INFINITY : (Date.parse(expiresOn) - Date.now()) / DAY_MS;
  const text = `${kind === "account" ? "the account's" : "a user's"} token, active, ${expires}`;
  if (daysLeft <= SOON_DAYS) return note(text, renewal(kind), kind);
  if (kind === "account") return fine(text, kind);
  return note(`${text}; it ends when the user leaves`, `make an account's token: ${tokensPage("account")}`, kind);
}

function renewal(kind: TokenKind): string {
  return `export CLOUDFLARE_API_TOKEN=TOKEN, with a new one of ${tokensPage(kind)}`;
}

/** Where a person makes and changes tokens. */
export function tokensPage(kind: TokenKind): string {
  return kind === "account"
    ? "https://dash.cloudflare.com/?to=/:account/api-tokens"
    : "https://dash.cloudflare.com/profile/api-tokens";
}
