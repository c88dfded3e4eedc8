import { expect, it } from "vitest";
import type { Exchange } from "./exchange.ts";
import { match, route } from "./router.ts";

const ROUTES = [
  route("POST", "/v1/projects/:project/roles/:role\\:undelete", () => "undelete"),
  route("GET", "/v1/projects/:project/roles/:role", () => "role"),
  route("GET", "/v1/projects/:project/*/operations/:id", () => "operation"),
  route("GET", "/v1.2/(a)", () => "literal"),
];

const find = (method: string, requestTarget: string) => {
  const found = match(ROUTES, { method, requestTarget } as Exchange);
  return found && { index: ROUTES.indexOf(found.route), params: found.params };
};

it.each<[string, string, number, Record<string, string>]>([
  ["GET", "/v1/projects/p/roles/r?x=1", 1, { project: "p", role: "r" }],
  ["POST", "/v1/projects/p/roles/r:undelete", 0, { project: "p", role: "r" }],
  [
    "GET",
    "/v1/projects/p/locations/global/pools/q/operations/7",
    2,
    { project: "p", 0: "locations/global/pools/q", id: "7" },
  ],
  ["GET", "/v1/projects/p/roles/a%2Fb%40c", 1, { project: "p", role: "a/b@c" }],
  ["GET", "/v1.2/(a)", 3, {}],
])("%s %s matches route %i and decodes its parameters", (method, target, index, params) => {
  expect(find(method, target)).toEqual({ index, params });
});

it.each([
  ["another method", "PUT", "/v1/projects/p/roles/r"],
  ["an extra segment", "GET", "/v1/projects/p/roles/r/more"],
  ["an empty segment", "GET", "/v1/projects//roles/r"],
  ["no colon where the route has one", "POST", "/v1/projects/p/roles/r"],
  ["another character where the route has a dot", "GET", "/v1x2/(a)"],
])("does not match %s", (_what, method, target) => {
  expect(find(method, target)).toBeUndefined();
});
