/** A thing is ours only if nothing else can be true. */
import { describe, expect, it } from "vitest";
import { Ownership } from "./ownership.ts";

const ownership = new Ownership("claude-failover", { known: ["dev", "prod"], claimed: ["dev"] });

describe("a Worker that names its stack", () => {
  it.each([
    ["a stack of the backend", "claude-failover-prod", "claude-failover/prod", "ours"],
    ["a stack that the backend does not have", "claude-failover-me", "claude-failover/me", "unsure"],
    ["a stack whose name does not fit", "claude-failover-dev", "claude-failover/prod", "foreign"],
    ["another project with the same name in all", "claude-failover-dev", "claude/failover-dev", "foreign"],
  ])("belongs as its label says: %s", (_what, name, label, kind) => {
    expect(ownership.of("worker", name, label).kind).toBe(kind);
  });
});

describe("a thing that does not name its stack", () => {
  it.each([
    ["the name of a claimed stack", "claude-failover-dev", "ours"],
    ["the name of a stack that nobody claims", "claude-failover-prod", "unsure"],
    ["a name that begins like the project's", "claude-failover-x", "unsure"],
    ["a longer name", "claude-failover-dev2", "unsure"],
    ["a shorter name", "claude-failover", "foreign"],
    ["another beginning", "xclaude-failover-dev", "foreign"],
  ])("belongs by its name: %s", (_what, name, kind) => {
    expect(ownership.of("gateway", name).kind).toBe(kind);
  });

  it.each([
    ["claude-failover-dev-0a1b2c", "ours"],
    ["claude-failover-dev-0a1b2c3", "unsure"],
    ["claude-failover-dev", "unsure"],
  ])("a pool has a random part after its name: %s", (name, kind) => {
    expect(ownership.of("pool", name).kind).toBe(kind);
  });

  it("a role's name has underscores", () => {
    expect(ownership.of("role", "claude_failover_dev").kind).toBe("ours");
  });
});
