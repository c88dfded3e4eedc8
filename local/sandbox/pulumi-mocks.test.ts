/** The program under Pulumi's mocks: what they lack, and what is told of its registrations. */
import * as pulumi from "@pulumi/pulumi";
import { withLocalStorage } from "@pulumi/pulumi/runtime/state.js";
import { describe, expect, it } from "vitest";
import { completeMonitor, type EngineOptions } from "./pulumi-mocks.ts";

class Thing extends pulumi.CustomResource {
  constructor(name: string, opts: pulumi.CustomResourceOptions) {
    super("test:index:Thing", name, {}, opts);
  }
}

describe("a monitor that was completed", () => {
  const run = (register: () => void): Promise<readonly [string, EngineOptions][]> =>
    withLocalStorage(async () => {
      const told: [string, EngineOptions][] = [];
      await pulumi.runtime.setMocks({
        newResource: async ({ name, inputs }) => ({ id: `${name}-id`, state: inputs }),
        call: async () => ({}),
      });
      completeMonitor({ onRegister: (resource, options) => told.push([resource, options]), onHook: () => undefined });
      await pulumi.runtime.runInPulumiStack(async () => register());
      await pulumi.runtime.disconnect();
      return told;
    });

  it("takes hooks, and runs none of them", async () => {
    const ran: string[] = [];
    await run(() => {
      const onError = new pulumi.ErrorHook("on-error", () => ran.push("error") > 0);
      new Thing("thing", { hooks: { beforeCreate: [() => void ran.push("before")], onError: [onError] } });
    });
    expect(ran).toEqual([]);
  });

  it("tells what is protected, and what a component protects", async () => {
    const told = await run(() => {
      const parent = new pulumi.ComponentResource("test:index:Component", "parent", {}, { protect: true });
      new Thing("child", { parent });
      new Thing("open", { parent, protect: false });
      new Thing("alone", { protect: true });
    });
    expect(
      told
        .filter(([, { protect }]) => protect)
        .map(([resource]) => resource)
        .sort(),
    ).toEqual(["test:index:Component parent", "test:index:Thing alone", "test:index:Thing child"]);
  });

  it("tells the names in the state that a resource takes over", async () => {
    const told = await run(() => {
      new Thing("new", { aliases: [{ name: "old" }] });
      new Thing("alone", {});
    });
    expect(Object.fromEntries(told.map(([resource, { aliases }]) => [resource, aliases]))).toMatchObject({
      "test:index:Thing alone": [],
      "test:index:Thing new": ["old"],
    });
  });

  it("leaves Pulumi's mock as it was", async () => {
    await run(() => undefined);
    const { MockMonitor } = await import("@pulumi/pulumi/runtime/mocks.js");
    expect("registerResourceHook" in MockMonitor.prototype).toBe(false);
  });
});
