import { expect, it } from "vitest";
import { curlCommand } from "./curl.ts";

it.each([
  ["us-east5", "claude-sonnet-4-6"],
  ["us", "claude-haiku-5-5"],
  ["europe-west1", "claude-opus-4-6"],
])("the command asks for the newest model of %s, but not for Fable", (location, model) => {
  const command = curlCommand("https://gateway.example", "a-project", location);

  expect(command).toContain(
    `"endpoint": "v1/projects/a-project/locations/${location}/publishers/anthropic/models/${model}:rawPredict"`,
  );
  expect(command).toContain(`"model": "${model}"`);
});
