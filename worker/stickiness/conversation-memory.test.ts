import { describe, expect, it } from "vitest";
import { ConversationMemory } from "./conversation-memory.ts";

const turn = (target: string) => ({ target, toolId: undefined, expiresAtMs: 100 });
const fill = (memory: ConversationMemory, client: string, count: number) => {
  for (let i = 0; i < count; i++) memory.set(client, `k${i}`, turn(`t${i}`));
};

describe("a client's part of the memory", () => {
  it.each([
    [1, 1_000],
    [100, 200],
    [20_000, 1],
    [50_000, 1],
  ])("has a fixed size: with %d clients, %d entries", (clients, entries) => {
    const memory = new ConversationMemory(clients);
    fill(memory, "alice", entries + 1);
    expect(memory.get("alice", "k0", 0)).toBeUndefined();
    expect(memory.get("alice", `k${entries}`, 0)).toEqual(turn(`t${entries}`));
    if (entries > 1) expect(memory.get("alice", "k1", 0)).toEqual(turn("t1"));
  });

  it("is not touched by another client that fills its own", () => {
    const memory = new ConversationMemory(2);
    memory.set("bob", "k0", turn("bobs"));
    fill(memory, "alice", 5_000);
    expect(memory.get("bob", "k0", 0)).toEqual(turn("bobs"));
  });

  it("keeps a conversation that goes on while others are added", () => {
    const memory = new ConversationMemory(1);
    memory.set("alice", "mine", turn("old"));
    for (let i = 0; i < 3_000; i++) {
      memory.set("alice", `k${i}`, turn("other"));
      if (i % 500 === 0) memory.set("alice", "mine", turn("new"));
    }
    expect(memory.get("alice", "mine", 0)).toEqual(turn("new"));
  });

  it("is empty after the last entry has expired and was asked for", () => {
    const memory = new ConversationMemory(1);
    memory.set("alice", "k", turn("t"));
    expect(memory.get("alice", "k", 99)).toEqual(turn("t"));
    expect(memory.get("alice", "k", 100)).toBeUndefined();
    expect(memory.isEmpty("alice")).toBe(true);
  });
});
