import { describe, expect, it } from "vitest";
import { type Failure, ownFailure } from "../errors.ts";
import { ANTHROPIC, type Target } from "../targets/target.ts";
import { AttemptLog } from "./attempts.ts";

const VERTEX: Target = { kind: "vertex", location: "us-east5" };
type Told = number | [status: number, headers: HeadersInit];

function failure(told: Told): Failure {
  const [status, headers = {}] = typeof told === "number" ? [told] : told;
  return ownFailure(String(status), status, `It answered ${status}.`, headers);
}

function logOf(...failures: readonly Told[]): AttemptLog {
  const log = new AttemptLog();
  for (const told of failures) log.failed(ANTHROPIC, failure(told));
  return log;
}

describe("of several failures, the most useful one", () => {
  it.each<[string, Told[], number]>([
    ["a 429 that says when to come back", [529, 429, [429, { "retry-after": "7" }], 500], 429],
    ["any 429 before a 529", [529, 500, 429], 429],
    ["a 529 before the rest", [500, 529, 503], 529],
    ["any other before a refused credential", [401, 503], 503],
    ["the first of two that say as much", [503, 500], 503],
    ["a refused credential before a 400 of a target's own", [400, 401], 502],
    ["any other before a 400 of a target's own", [400, 500], 500],
  ])("is %s", (_what, failures, status) => {
    expect(logOf(...failures).mostUseful().status).toBe(status);
  });

  it("keeps its retry-after", () => {
    expect(
      logOf(429, [429, { "retry-after": "7" }])
        .mostUseful()
        .headers.get("retry-after"),
    ).toBe("7");
  });

  it("is the caller's own error, whatever else failed", () => {
    const log = logOf([429, { "retry-after": "7" }]);
    log.callerError(VERTEX, failure(413), 1);
    log.failed(ANTHROPIC, failure(529));

    expect(log.mostUseful().status).toBe(413);
  });

  it("is the last of two caller's errors, which is of the first target in the chain", () => {
    const log = new AttemptLog([ANTHROPIC, VERTEX]);
    log.callerError(VERTEX, failure(413), 1);
    log.callerError(ANTHROPIC, failure(400), 1);

    expect(log.mostUseful().status).toBe(400);
  });

  it("is that of the first target in the chain where two say as much", () => {
    const log = new AttemptLog([ANTHROPIC, VERTEX]);
    log.failed(undefined, failure(502));
    log.failed(VERTEX, failure(503));
    log.failed(ANTHROPIC, failure(500));

    expect(log.mostUseful().status).toBe(500);
  });

  it("is a deadline where nothing was tried", () => {
    expect(logOf().mostUseful()).toMatchObject({ status: 504, label: "deadline" });
  });
});

describe("a refused credential", () => {
  it.each([401, 402, 403])("is told as this deployment's fault, not to be retried (%i)", (status) => {
    const told = logOf(status).mostUseful();

    expect(told).toMatchObject({
      status: 502,
      label: String(status),
      body: { error: { message: `This deployment's credentials are refused by anthropic (${status}).` } },
    });
    expect(told.headers.get("x-should-retry")).toBe("false");
  });

  it("names every target that refused one, once", () => {
    const log = logOf(401, 401);
    log.failed(VERTEX, failure(403));

    expect(log.mostUseful().body).toMatchObject({
      error: {
        message: "This deployment's credentials are refused by anthropic (401) and vertex/us-east5 (403).",
      },
    });
  });
});

describe("refused credentials beside another failure", () => {
  it("are told without the target that failed otherwise", () => {
    const log = logOf(401);
    log.failed(VERTEX, failure(400));

    expect(log.mostUseful().body).toMatchObject({
      error: { message: "This deployment's credentials are refused by anthropic (401)." },
    });
  });

  it("are told without a refusal that cannot be assigned to a target", () => {
    const log = logOf(401);
    log.failed(undefined, failure(403));

    expect(log.mostUseful().body).toMatchObject({
      error: { message: "This deployment's credentials are refused by anthropic (401)." },
    });
  });
});

describe("the attempts", () => {
  it("are kept in their order, each with what is known of it", () => {
    const log = new AttemptLog();
    log.passedOver([VERTEX]);
    log.recordUnknown([ANTHROPIC]);
    log.failed(VERTEX, failure(503), 12);
    log.failed(VERTEX, failure(500));
    log.callerError(VERTEX, failure(400), 5);
    log.answered(ANTHROPIC, 200, 34);

    expect(log.attempts).toEqual([
      { target: "vertex/us-east5", result: "open" },
      { target: "anthropic", result: "?" },
      { target: "vertex/us-east5", result: "503", ms: 12 },
      { target: "vertex/us-east5", result: "500" },
      { target: "vertex/us-east5", result: "400", ms: 5 },
      { target: "anthropic", result: "200", ms: 34 },
    ]);
  });

  it("leave out a failure that cannot be assigned to a target", () => {
    const log = new AttemptLog();

    log.failed(undefined, failure(503));

    expect({ attempts: log.attempts, status: log.mostUseful().status }).toEqual({ attempts: [], status: 503 });
  });
});
