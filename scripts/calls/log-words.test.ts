import { describe, expect, it } from "vitest";
import { ACCOUNT_LIMIT_RESULTS } from "../../worker/response/account-limits.ts";
import { circuitText, resultText, skippedFacts } from "./log-words.ts";

describe("the sentence for an attempt's result", () => {
  it.each(ACCOUNT_LIMIT_RESULTS)("says what the limit %s is", (result) => {
    expect(resultText(result)).toMatch(/^answered (402|429): the organization/);
  });

  it.each(["520", "524", "526", "530"])("says that Cloudflare answered %s", (result) => {
    expect(resultText(result)).toBe(`answered ${result}: Cloudflare in front of it got no usable answer`);
  });

  it.each(["500", "527", "529"])("only repeats the status %s", (result) => {
    expect(resultText(result)).toBe(`answered ${result}`);
  });
});

it.each([
  ["anthropic", "anthropic for all models"],
  ["anthropic claude-x", "anthropic for claude-x"],
  ["app|vertex/us claude-x", "vertex/us for claude-x, for the client app alone"],
  ["anthropic claude-x by neighbours", "anthropic for claude-x, because other isolates of the location saw it fail"],
  ["anthropic by neighbours", "anthropic for all models, because other isolates of the location saw it fail"],
])("the circuit %s", (key, text) => {
  expect(circuitText(key)).toBe(text);
});

it.each([
  ["too_large", ["Vertex was not asked: Vertex takes at most 30 MB, Bedrock 20 MB (too_large)."]],
  [
    "member:container",
    ["Vertex was not asked: Vertex lacks the member container, which may change the answer (member:container)."],
  ],
  [
    "vertex=model_not_in_locations;bedrock=type",
    [
      "Vertex was not asked: no Vertex location of the stack serves this model (model_not_in_locations).",
      "Bedrock was not asked: the request has a kind of block, source or tool that Bedrock lacks (type).",
    ],
  ],
  ["bedrock=new_word", ["Bedrock was not asked: new_word (new_word)."]],
])("says why which platform was not asked: %s", (text, facts) => {
  expect(skippedFacts(text)).toEqual(facts);
});
