import { expect, it } from "vitest";
import { usageReader } from "./usage.ts";

it.each([
  ["JSON", ['{"usage":{"input_tokens":12,"output_tokens":34}}']],
  ["numbers that are cut in two", ['{"usage":{"input_tok', 'ens": 1', '2,"output_tokens":3', "4}}"]],
  ["a stream", ['{"usage":{"input_tokens":12,"output_tokens":1}}', "\n\n", '{"usage":{"output_tokens":34}}']],
])("reads both numbers from %s", (_what, pieces) => {
  const read = usageReader();

  const [last] = pieces.map(read).slice(-1);

  expect(last).toEqual({ tokensIn: 12, tokensOut: 34 });
});

it("does not read numbers from a text", () => {
  const read = usageReader();

  const usage = read(JSON.stringify({ text: '"input_tokens":12,"output_tokens":34' }));

  expect(usage).toEqual({ tokensIn: null, tokensOut: null });
});
