/**
 * Makes the value of Vertex's header `X-Vertex-Ai-Session-Id`, which keeps a conversation on the
 * server that has its prompt cache. Google never gets the caller's own id: the value is an HMAC of
 * it, in the form of a UUID, which is what clients are seen to send. Source:
 * github.com/BerriAI/litellm, pull request 31898.
 *
 * The key is the gateway's run token, so no further secret is needed. When the token is rotated,
 * each conversation gets another value once, and rebuilds its cache once.
 */
import { utf8 } from "../bytes.ts";
import type { RequestContext } from "../context.ts";
import type { Session } from "../stickiness/session.ts";
import type { Chain } from "./chain.ts";

const UUID_PARTS = /^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/;

export class VertexSessions {
  readonly #secret: string;
  #key: CryptoKey | undefined;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** @returns the same value for the same client and session */
  async valueFor(client: string, session: string): Promise<string> {
    this.#key ??= await crypto.subtle.importKey("raw", utf8(this.#secret), { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    const named = utf8(`x-vertex-ai-session-id\n${client}\n${session}`);
    const digest = new Uint8Array(await crypto.subtle.sign("HMAC", this.#key, named));
    return [...digest]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("")
      .replace(UUID_PARTS, "$1-$2-$3-$4-$5");
  }
}

/** @returns undefined if Vertex gets no session */
export async function vertexSessionOf(
  session: Session | undefined,
  { targets }: Chain,
  { isolate, client }: RequestContext,
): Promise<string | undefined> {
  if (!session?.isOneSession || !isolate.settings.options.stickiness.vertexSession) return undefined;
  if (!targets.some(({ kind }) => kind === "vertex")) return undefined;
  return isolate.vertexSessions.valueFor(client.name, session.id);
}
