/** Whether an API token of Cloudflare can be used: its expiry wins over its status. */
export type TokenStatus = "active" | "disabled" | "expired";

export function statusOf(token: { status?: TokenStatus; expiresOn?: string } | undefined): TokenStatus {
  const isOver = token?.expiresOn !== undefined && Date.parse(token.expiresOn) <= Date.now();
  return isOver ? "expired" : (token?.status ?? "active");
}
