/**
 * The bodies of the requests. The text is prose with an escaped newline in about every eighty bytes
 * and an escaped quote in about every hundred, in turns of 2 KB, as in a long conversation.
 * How fast a body is scanned depends on this.
 */

export const MODEL = "claude-sonnet-4-6";
const TURN_BYTES = 2_000;
const WORDS =
  "the a request of client answer stream target that waits gateway token while model event reads first".split(" ");

export interface BodyOptions {
  stream?: boolean;
  /** Default: text. */
  content?: "text" | "base64";
}

/** @returns a body of about this size */
export function messagesBody(bytes: number, { stream = false, content = "text" }: BodyOptions = {}): Buffer {
  const messages = content === "text" ? conversation(bytes) : image(bytes);
  return Buffer.from(`{"model":"${MODEL}","max_tokens":1024,"stream":${stream},"messages":[${messages}]}`);
}

function conversation(bytes: number): string {
  const turns: string[] = [];
  for (let left = bytes; left > 0 || turns.length % 2 === 0; left -= TURN_BYTES) {
    const role = turns.length % 2 === 0 ? "user" : "assistant";
    const text = prose(Math.max(Math.min(left, TURN_BYTES) - 40, 1), turns.length);
    turns.push(`{"role":"${role}","content":"${text}"}`);
  }
  return turns.join(",");
}

/** The words follow from the seed, so that each run sends the same bytes. */
function prose(bytes: number, seed: number): string {
  let text = "";
  let state = seed + 1;
  for (let word = 0; text.length < bytes; word++) {
    state = (state * 48_271) % 2_147_483_647;
    text += `${WORDS[state % WORDS.length]}${word % 16 === 15 ? "\\n" : word % 20 === 10 ? ' \\"' : " "}`;
  }
  return text;
}

function image(bytes: number): string {
  const data = Buffer.alloc(Math.floor(bytes * 0.75), "claude-failover").toString("base64");
  return `{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"${data}"}}]}`;
}
