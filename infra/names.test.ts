import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resourceNames } from "./names.ts";

describe("resourceNames", () => {
  it("joins the project and the stack if the result is a valid name", () => {
    expect(resourceNames("claude-failover", "dev")).toMatchObject({
      gateway: "claude-failover-dev",
      worker: "claude-failover-dev",
      serviceAccount: "claude-failover-dev",
    });
  });

  it("gives different names to stacks whose names differ only in replaced characters", () => {
    const names = ["PR_12", "pr-12", "pr.12", "pr_12"].map((stack) => resourceNames("claude-failover", stack).worker);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("claude-failover-pr-12");
  });

  /** Pulumi allows letters, digits, `-`, `_` and `.`, up to 100 characters. */
  const pulumiName = fc.stringMatching(/^[A-Za-z0-9._-]{1,100}$/);

  it("keeps every API's limit for all names that Pulumi accepts", () => {
    fc.assert(
      fc.property(pulumiName, pulumiName, (project, stack) => {
        const names = resourceNames(project, stack);
        expect(names.gateway).toMatch(/^[a-z0-9-]{1,64}$/);
        expect(names.worker).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
        expect(names.serviceAccount).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
        expect(names.label.length).toBeLessThanOrEqual(256);
        expect(names.role).toMatch(/^[a-z0-9_]{3,64}$/);
        expect(`${names.pool}-0a1b2c`).toMatch(/^(?!gcp-)[a-z0-9-]{4,32}$/);
      }),
    );
  });

  it("never gives the same name to two stacks of a project", () => {
    fc.assert(
      fc.property(pulumiName, pulumiName, pulumiName, (project, one, other) => {
        fc.pre(one !== other);
        const [a, b] = [resourceNames(project, one), resourceNames(project, other)];
        expect(a.gateway).not.toBe(b.gateway);
        expect(a.worker).not.toBe(b.worker);
        expect(a.serviceAccount).not.toBe(b.serviceAccount);
        expect(a.role).not.toBe(b.role);
        expect(a.pool).not.toBe(b.pool);
      }),
    );
  });
});
