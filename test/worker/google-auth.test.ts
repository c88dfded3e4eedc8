/**
 * Vertex serves with every way to authenticate to Google, and the program creates only the
 * resources that this way needs.
 */
import { describe, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { post, QUESTION } from "../support/sandbox.ts";

async function servedByVertex(config: Record<string, unknown>): Promise<{ status: number; stack: Sandbox }> {
  const stack = await Sandbox.up({ config });
  try {
    stack.cloud.context.faults.set("anthropic", { mode: "status", status: 529 });
    const response = await post(stack, JSON.stringify(QUESTION));
    await response.text();
    return { status: response.status, stack };
  } finally {
    await stack.down();
  }
}

function count(stack: Sandbox, type: string): number {
  return stack.registrations.filter((registration) => registration.type.endsWith(`:${type}`)).length;
}

describe("a stack authenticates to Google", () => {
  it.each([
    ["with a key whose custom role can only predict", { googleRole: "predictOnly" }, { Key: 1, IAMCustomRole: 1 }],
    ["without a key, by workload identity", { googleAuth: "workloadIdentity" }, { Key: 0, PrivateKey: 1, Account: 0 }],
    [
      "by workload identity that impersonates a service account",
      { googleAuth: "workloadIdentity", googleImpersonation: true, googleRole: "predictOnly" },
      { Key: 0, PrivateKey: 1, Account: 1, IAMMember: 2 },
    ],
    ["with two keys during a rotation", { rotation: { google: { epoch: 3 } } }, { Key: 2, Account: 1 }],
    [
      "by workload identity with two signing keys during a rotation",
      { googleAuth: "workloadIdentity", rotation: { google: { epoch: 3 } } },
      { PrivateKey: 2, WorkloadIdentityPoolProvider: 1 },
    ],
    [
      "with one key after its predecessor was revoked",
      { rotation: { google: { epoch: 3, revokePrevious: true } } },
      { Key: 1, Account: 1 },
    ],
  ])("%s", async (_how, config, counts) => {
    const { status, stack } = await servedByVertex(config);
    expect(status).toBe(200);
    expect(Object.fromEntries(Object.keys(counts).map((type) => [type, count(stack, type)]))).toEqual(counts);
  });
});
