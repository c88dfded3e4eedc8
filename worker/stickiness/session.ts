/**
 * Finds the name that a caller gives its session: in a header of ours, in Claude Code's header, or
 * in `metadata.user_id`.
 */
import { markedString, type RequestBody } from "../request/body.ts";
import { USER_ID } from "../request/request-grammar.ts";

/** The first one that a request has is used. Source of the second: Claude Code's gateway protocol. */
const SESSION_HEADERS = ["x-failover-session", "x-claude-code-session-id"];
/** A longer name is not used. Claude Code's `user_id` has about 250 bytes. */
const MAX_ID_BYTES = 1024;
/**
 * The two forms in which Claude Code writes its session into `metadata.user_id`. Other programs
 * name a person or a service there. Source: github.com/ding113/claude-code-hub, pull request 939.
 */
const HAS_SESSION = /_session_[\w-]{8,}$|"session_id":"[\w-]{8,}"/;

export interface Session {
  id: string;
  /** Whether the name is that of one session, and not of everything that a user or a service does. */
  isOneSession: boolean;
}

export function sessionOf(headers: Headers, body: RequestBody): Session | undefined {
  for (const name of SESSION_HEADERS) {
    const id = headers.get(name);
    if (id && id.length <= MAX_ID_BYTES) return { id, isOneSession: true };
  }
  const id = markedString(body, USER_ID, MAX_ID_BYTES);
  return id ? { id, isOneSession: HAS_SESSION.test(id) } : undefined;
}
