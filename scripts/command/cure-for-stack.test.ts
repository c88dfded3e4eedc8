import { expect, it } from "vitest";
import { cureForStack } from "./cure-for-stack.ts";

it.each([
  [
    "pulumi config set clients '[]' && pulumi up",
    "pulumi config set --stack prod clients '[]' && pulumi up --stack prod",
  ],
  ["npm run doctor", "npm run doctor -- --stack prod"],
  ["npm run drill -- --for 1m", "npm run drill -- --stack prod --for 1m"],
  ["export CLOUDFLARE_API_TOKEN", "export CLOUDFLARE_API_TOKEN"],
])("a command that works on a stack names it: %s", (cure, named) => {
  expect(cureForStack(cure, "prod")).toBe(named);
});

it("nothing is named for the selected stack", () => {
  expect(cureForStack("pulumi up", undefined)).toBe("pulumi up");
});
