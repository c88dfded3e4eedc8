import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { VertexSessions } from "./vertex-session.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const sessions = new VertexSessions("run-token");

it("is the HMAC of client and session in the form of a UUID", async () => {
  const digest = createHmac("sha256", "run-token").update("x-vertex-ai-session-id\nalice\ns1").digest("hex");

  const value = await sessions.valueFor("alice", "s1");

  expect(value).toMatch(UUID);
  expect(value.replaceAll("-", "")).toBe(digest.slice(0, 32));
});

it("is the same for each turn of a session, also in another isolate", async () => {
  const values = [await sessions.valueFor("alice", "s1"), await sessions.valueFor("alice", "s1")];
  expect(await new VertexSessions("run-token").valueFor("alice", "s1")).toBe(values[0]);
  expect(values[1]).toBe(values[0]);
});

it.each([
  ["another session", "run-token", "alice", "s2"],
  ["another client", "run-token", "bob", "s1"],
  ["another stack", "other-token", "alice", "s1"],
])("differs for %s", async (_what, token, client, session) => {
  expect(await new VertexSessions(token).valueFor(client, session)).not.toBe(await sessions.valueFor("alice", "s1"));
});
