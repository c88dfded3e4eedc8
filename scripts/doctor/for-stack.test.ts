import { expect, it } from "vitest";
import { forStack } from "./for-stack.ts";

const LINE = { group: "g", name: "n", verdict: "problem", text: "t" } as const;

it.each([
  ["pulumi config set routing direct", "pulumi config set --stack org/prod routing direct"],
  ["pulumi config rm models && pulumi up", "pulumi config rm --stack org/prod models && pulumi up --stack org/prod"],
  ["pulumi up --refresh --run-program", "pulumi up --stack org/prod --refresh --run-program"],
  ["npm run rotate -- client:ci", "npm run rotate -- --stack org/prod client:ci"],
  ["move its clients: npm run models", "move its clients: npm run models -- --stack org/prod"],
  ["pulumi login", "pulumi login"],
  ["gcloud services enable x --project p", "gcloud services enable x --project p"],
])("a cure is for the stack that was named: %s", (cure, expected) => {
  expect(forStack({ ...LINE, cure }, "org/prod").cure).toBe(expected);
  expect(forStack({ ...LINE, cure }, undefined).cure).toBe(cure);
});
