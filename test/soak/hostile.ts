/**
 * The acts of a hostile client during a soak. They run at the same time as the requests that the
 * oracle judges. Every act ends by itself.
 */
import type { Sandbox } from "../../local/sandbox/index.ts";
import { HostileConnection } from "../worker/hostile-connection.ts";

export const HOSTILE_ACTS = [
  "declares 32 MB and leaves",
  "leaves in the middle of an upload",
  "leaves in the middle of a stream",
  "sends 20,000 members",
  "sends a malformed body",
  "sends names of Object.prototype",
] as const;
export type HostileAct = (typeof HOSTILE_ACTS)[number];

const MODEL = "claude-sonnet-4-6";

export async function actHostile({ runtime, outputs }: Sandbox, act: HostileAct, index: number): Promise<void> {
  const token = outputs.clientTokens.hostile ?? "";
  const body = (more: object) =>
    JSON.stringify({ model: MODEL, max_tokens: 16, messages: [{ role: "user", content: `soak ${index}` }], ...more });
  const begin = async (declaredBytes: number) => {
    const connection = await HostileConnection.open(runtime.url);
    return connection.head("POST", "/v1/messages", [`x-api-key: ${token}`, `content-length: ${declaredBytes}`]);
  };
  const send = async (sent: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${runtime.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": token, "anthropic-version": "2023-06-01", ...headers },
      body: sent,
    });
    await response.text();
  };
  switch (act) {
    case "declares 32 MB and leaves":
      return (await begin(33_554_432)).reset();
    case "leaves in the middle of an upload":
      return (await begin(1_000_000)).send("{".padEnd(300_000)).reset();
    case "leaves in the middle of a stream": {
      const sent = body({ stream: true });
      const connection = (await begin(sent.length)).send(sent);
      await connection.until(/\r\n\r\n/);
      return connection.reset();
    }
    case "sends 20,000 members":
      return send(body(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`m${i}`, i]))));
    case "sends a malformed body":
      return send(body({ max_tokens: 0 }));
    case "sends names of Object.prototype":
      return send(body({ constructor: 1, toString: 1 }), {
        "anthropic-beta": "constructor",
        "anthropic-x": "__proto__",
      });
  }
}
