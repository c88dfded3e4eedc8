import { describe, expect, it } from "vitest";
import { interpret } from "../request/body.ts";
import { sessionOf } from "./session.ts";

const UUID = "69420655-04d6-4eb4-87e6-9f62741fb8cd";

function session(headers: Record<string, string>, userId?: unknown) {
  const metadata = userId === undefined ? {} : { metadata: { user_id: userId, other: { user_id: "inner" } } };
  const body = interpret(new TextEncoder().encode(JSON.stringify({ model: "m", ...metadata, messages: [] })));
  return sessionOf(new Headers(headers), body);
}

describe("the caller's name for its session", () => {
  it.each<[string, Record<string, string>, unknown, string | undefined]>([
    ["our header", { "x-failover-session": "s1" }, undefined, "s1"],
    ["Claude Code's header", { "x-claude-code-session-id": UUID }, undefined, UUID],
    [
      "our header before Claude Code's",
      { "x-failover-session": "s1", "x-claude-code-session-id": UUID },
      undefined,
      "s1",
    ],
    ["a header before `metadata.user_id`", { "x-claude-code-session-id": UUID }, "u", UUID],
    ["`metadata.user_id`", {}, "u", "u"],
    ["`metadata.user_id` with escapes", {}, 'u"é', 'u"é'],
    ["nothing", {}, undefined, undefined],
    ["no empty header", { "x-failover-session": "" }, undefined, undefined],
    ["no empty `metadata.user_id`", {}, "", undefined],
    ["no `metadata.user_id` that is not a string", {}, { user_id: "u" }, undefined],
    ["no header of more than 1,024 bytes", { "x-failover-session": "x".repeat(1_025) }, undefined, undefined],
    ["no `metadata.user_id` of more than 1,024 bytes", {}, "x".repeat(1_025), undefined],
  ])("comes from %s", (_from, headers, userId, id) => {
    expect(session(headers, userId)?.id).toBe(id);
  });

  it.each<[string, Record<string, string>, string | undefined, boolean]>([
    ["a header", { "x-failover-session": "s1" }, undefined, true],
    ["Claude Code's JSON", {}, JSON.stringify({ device_id: "d", account_uuid: "", session_id: UUID }), true],
    ["Claude Code's older text", {}, `user_0a1b_account__session_${UUID}`, true],
    ["a person's or a service's name", {}, "billing-service", false],
  ])("is or is not that of one session: %s", (_what, headers, userId, isOneSession) => {
    expect(session(headers, userId)?.isOneSession).toBe(isOneSession);
  });
});
