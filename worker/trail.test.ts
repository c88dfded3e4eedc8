import { describe, expect, it } from "vitest";
import { type Failure, madeFailure } from "./outcome.ts";
import { ANTHROPIC, type Target } from "./target.ts";
import { Trail } from "./trail.ts";

const VERTEX: Target = { kind: "vertex", location: "us-east5" };
const failure = (status: number, headers: HeadersInit = {}): Failure =>
  madeFailure(String(status), status, `It answered ${status}.`, "req_1", headers);

function toldAfter(...statuses: (number | [number, HeadersInit])[]): Failure {
  const trail = new Trail("req_1");
  for (const status of statuses) {
    trail.failed(ANTHROPIC, typeof status === "number" ? failure(status) : failure(...status));
  }
  return trail.mostUseful();
}

describe("of several failures", () => {
  it.each<[string, (number | [number, HeadersInit])[], number]>([
    ["a 429 that says when to come back", [529, 429, [429, { "retry-after": "7" }], 500], 429],
    ["any 429 before a 529", [529, 500, 429], 429],
    ["a 529 before the rest", [500, 529, 503], 529],
    ["any other before a refused credential", [401, 503], 503],
    ["the first of two that say as much", [503, 500], 503],
  ])("the caller is told %s", (_what, statuses, told) => {
    expect(toldAfter(...statuses).status).toBe(told);
  });

  it("the one with a time to come back keeps it", () => {
    expect(toldAfter(429, [429, { "retry-after": "7" }]).headers.get("retry-after")).toBe("7");
  });

  it.each([401, 402, 403])(
    "a refused credential alone (%i) is this deployment's fault, and not to be tried again",
    (status) => {
      const told = toldAfter(status);
      expect(told.status).toBe(502);
      expect(told.headers.get("x-should-retry")).toBe("false");
      expect(told.label).toBe(String(status));
      expect(told.body).toContain(`The target anthropic refuses this deployment's credential (${status}).`);
    },
  );

  it("one that cannot be laid to a target is told as it is", () => {
    const trail = new Trail("req_1");
    trail.keep(failure(403));
    expect(trail.mostUseful().status).toBe(403);
  });

  it("none at all is a deadline that has passed", () => {
    expect(toldAfter()).toMatchObject({ status: 504, label: "deadline" });
  });
});

it("attempts are kept in their order, each with what is known of it", () => {
  const trail = new Trail("req_1");
  trail.untold([ANTHROPIC]);
  trail.failed(VERTEX, failure(503), 12);
  trail.failed(VERTEX, failure(500));
  trail.answered(ANTHROPIC, 200, 34);
  expect(trail.attempts).toEqual([
    { target: "anthropic", result: "?" },
    { target: "vertex/us-east5", result: "503", ms: 12 },
    { target: "vertex/us-east5", result: "500" },
    { target: "anthropic", result: "200", ms: 34 },
  ]);
});
