/** Tests `completeMonitor`: hooks are accepted, and options of each registration are reported. */
import * as pulumi from "@pulumi/pulumi";
import { withLocalStorage } from "@pulumi/pulumi/runtime/state.js";
import { describe, expect, it } from "vitest";
import { completeMonitor, type EngineOptions } from "./pulumi-mocks.ts";

class Thing extends pulumi.CustomResource {
  constructor(name: string, opts: pulumi.CustomResourceOptions) {
    super("test:index:Thing", name, {}, opts);
  }
}

describe("completeMonitor", () => {
  const run = (register: () => void): Promise<readonly [string, EngineOptions][]> =>
    withLocalStorage(async () => {
      const registered: [string, EngineOptions][] = [];
      await pulumi.runtime.setMocks({
        newResource: async ({ name, inputs }) => ({ id: `${name}-id`, state: inputs }),
        call: async () => ({}),
      });
      completeMonitor({
        onRegister: (resource, options) => registered.push([resource, options]),
        onHook: () => undefined,
      });
      await pulumi.runtime.runInPulumiStack(async () => register());
      await pulumi.runtime.disconnect();
      return registered;
    });

  it("accepts hooks and does not run them", async () => {
    const ran: string[] = [];
    await run(() => {
      const onError = new pulumi.ErrorHook("on-error", () => ran.push("error") > 0);
      new Thing("thing", { hooks: { beforeCreate: [() => void ran.push("before")], onError: [onError] } });
    });
    expect(ran).toEqual([]);
  });

  it("reports protected resources, including the children of a protected component", async () => {
    const registered = await run(() => {
      const parent = new pulumi.ComponentResource("test:index:Component", "parent", {}, { protect: true });
      new Thing("child", { parent });
      new Thing("open", { parent, protect: false });
      new Thing("alone", { protect: true });
    });
    expect(
      registered
        .filter(([, { protect }]) => protect)
        .map(([resource]) => resource)
        .sort(),
    ).toEqual(["test:index:Component parent", "test:index:Thing alone", "test:index:Thing child"]);
  });

  it("reports a resource's aliases", async () => {
    const registered = await run(() => {
      new Thing("new", { aliases: [{ name: "old" }] });
      new Thing("alone", {});
    });
    expect(Object.fromEntries(registered.map(([resource, { aliases }]) => [resource, aliases]))).toMatchObject({
      "test:index:Thing alone": [],
      "test:index:Thing new": ["old"],
    });
  });

  it("does not change Pulumi's mock class", async () => {
    await run(() => undefined);
    const { MockMonitor } = await import("@pulumi/pulumi/runtime/mocks.js");
    expect("registerResourceHook" in MockMonitor.prototype).toBe(false);
  });
});
