import { expect, it } from "vitest";
import { stepQueries } from "./step-queries.ts";

it.each<[what: string, body: string, queries: string[]]>([
  ["keeps blanks and numbers as they are", '[{"query":{ "a" : 1.6e1 }}]', ['{ "a" : 1.6e1 }']],
  ["leaves out the blanks around a query", '[ { "query" : {"a":1} , "b":2 } ]', ['{"a":1}']],
  ["takes no member of a deeper object", '[{"x":{"query":1},"query":{"query":2}}]', ['{"query":2}']],
  ["is not misled by quotes and brackets in texts", '[{"a":"\\"}]{,:","query":["\\\\"]}]', ['["\\\\"]']],
  ["reads a name with escapes", '[{"\\u0071uery":{}}]', ["{}"]],
  ["takes the last of two queries", '[{"query":1,"query":2}]', ["2"]],
  ["has no text for a step without a query", '[{},{"query":true}]', ["", "true"]],
  ["takes every value", '[{"query":null},{"query":"x"},{"query":-1}]', ["null", '"x"', "-1"]],
])("%s", (_what, body, queries) => {
  expect(stepQueries(body)).toEqual(queries);
});
