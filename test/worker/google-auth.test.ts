/** Every way in which a stack can be known to Google serves by both targets, with the least that it may be allowed. */
import { describe, expect, it } from "vitest";
import { Sandbox } from "../../local/sandbox/index.ts";
import { post, QUESTION } from "../support/local-stack.ts";

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

describe("a stack that is known to Google", () => {
  it.each([
    ["by a key, allowed to predict and nothing else", { googleRole: "predictOnly" }, { Key: 1, IAMCustomRole: 1 }],
    ["without any key", { googleAuth: "workloadIdentity" }, { Key: 0, PrivateKey: 1, Account: 0 }],
    [
      "without any key, acting as a service account",
      { googleAuth: "workloadIdentity", googleImpersonation: true, googleRole: "predictOnly" },
      { Key: 0, PrivateKey: 1, Account: 1, IAMMember: 2 },
    ],
    ["by a key of two slots", { rotation: { google: { epoch: 3 } } }, { Key: 2, Account: 1 }],
    [
      "without any key, by a signing key of two slots",
      { googleAuth: "workloadIdentity", rotation: { google: { epoch: 3 } } },
      { PrivateKey: 2, WorkloadIdentityPoolProvider: 1 },
    ],
    [
      "by a key whose predecessor was revoked",
      { rotation: { google: { epoch: 3, revokePrevious: true } } },
      { Key: 1, Account: 1 },
    ],
  ])("%s", async (_how, config, counts) => {
    const { status, stack } = await servedByVertex(config);
    expect(status).toBe(200);
    expect(Object.fromEntries(Object.keys(counts).map((type) => [type, count(stack, type)]))).toEqual(counts);
  });
});
