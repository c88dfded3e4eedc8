import { describe, expect, it } from "vitest";
import { type Failure, ownFailure } from "../errors.ts";
import { accountLimit } from "../response/account-limits.ts";
import { ANTHROPIC, type Target } from "../targets/target.ts";
import { AttemptLog } from "./attempts.ts";

const VERTEX: Target = { kind: "vertex", location: "us-east5" };
type Answer = number | [status: number, headers: HeadersInit];

function failure(answer: Answer): Failure {
  const [status, headers = {}] = typeof answer === "number" ? [answer] : answer;
  return ownFailure(String(status), status, `It answered ${status}.`, headers);
}

function logOf(...answers: readonly Answer[]): AttemptLog {
  const log = new AttemptLog();
  for (const answer of answers) log.failed(ANTHROPIC, failure(answer));
  return log;
}

describe("the most useful of several failures", () => {
  it.each<[string, Answer[], number]>([
    ["a 429 with retry-after", [529, 429, [429, { "retry-after": "7" }], 500], 429],
    ["any 429 before a 529", [529, 500, 429], 429],
    ["a 529 before other failures", [500, 529, 503], 529],
    ["any other failure before a refused credential", [401, 503], 503],
    ["the first of two equally useful ones", [503, 500], 503],
    ["a refused credential before an unsupported feature's 400", [400, 401], 502],
    ["any other failure before an unsupported feature's 400", [400, 500], 500],
  ])("is %s", (_what, answers, status) => {
    expect(logOf(...answers).mostUseful().status).toBe(status);
  });

  it("keeps its retry-after", () => {
    expect(
      logOf(429, [429, { "retry-after": "7" }])
        .mostUseful()
        .headers.get("retry-after"),
    ).toBe("7");
  });

  it("is the caller's error, even if another target sent a 429 with retry-after", () => {
    const log = logOf([429, { "retry-after": "7" }]);
    log.callerError(VERTEX, failure(413), 1);
    log.failed(ANTHROPIC, failure(529));

    expect(log.mostUseful().status).toBe(413);
  });

  it("is the last of two caller's errors, because hidden targets are asked last and come first in the chain", () => {
    const log = new AttemptLog([ANTHROPIC, VERTEX]);
    log.callerError(VERTEX, failure(413), 1);
    log.callerError(ANTHROPIC, failure(400), 1);

    expect(log.mostUseful().status).toBe(400);
  });

  it("is the failure of the first target in the chain among equally useful ones", () => {
    const log = new AttemptLog([ANTHROPIC, VERTEX]);
    log.failed(undefined, failure(502));
    log.failed(VERTEX, failure(503));
    log.failed(ANTHROPIC, failure(500));

    expect(log.mostUseful().status).toBe(500);
  });

  it("is the deadline if no target was asked", () => {
    expect(logOf().mostUseful()).toMatchObject({ status: 504, label: "deadline" });
  });
});

describe("a refused credential", () => {
  it.each([401, 402, 403])("becomes a 502 that names the target and is not to be retried (%i)", (status) => {
    const error = logOf(status).mostUseful();

    expect(error).toMatchObject({
      status: 502,
      label: String(status),
      body: { error: { message: `This deployment's credentials are refused by anthropic (${status}).` } },
    });
    expect(error.headers.get("x-should-retry")).toBe("false");
  });

  it("names every target that refused a credential once", () => {
    const log = logOf(401, 401);
    log.failed(VERTEX, failure(403));

    expect(log.mostUseful().body).toMatchObject({
      error: {
        message: "This deployment's credentials are refused by anthropic (401) and vertex/us-east5 (403).",
      },
    });
  });
});

describe("an account at its limit", () => {
  const limited = (status: number, code: string): Failure => {
    const limit = accountLimit(status, code);
    if (!limit) throw new Error(code);
    return { ...ownFailure(`${status}:${code}`, status, code, { "retry-after": "60" }), limit };
  };
  const SPENT = limited(429, "enforced_spend_limit_reached");

  it.each([429, 529, 500, 504])("is less useful than a failure that a retry may end: %i", (status) => {
    const log = new AttemptLog([ANTHROPIC, VERTEX]);
    log.failed(ANTHROPIC, SPENT);
    log.failed(VERTEX, failure(status));

    expect(log.mostUseful()).toMatchObject({ status, label: String(status) });
  });

  it.each([SPENT, limited(402, "linked_organization_spend_limit_reached")])(
    "is returned as it is when the other targets refuse our credentials: $label",
    (limit) => {
      const log = new AttemptLog([ANTHROPIC, VERTEX]);
      log.failed(VERTEX, failure(403));
      log.failed(ANTHROPIC, limit);

      expect(log.mostUseful()).toBe(limit);
    },
  );

  it("is as useful as any 429 with retry-after, if waiting helps", () => {
    const ramp = limited(429, "ramp_limit_exceeded");
    const log = new AttemptLog([ANTHROPIC, VERTEX]);
    log.failed(VERTEX, failure(529));
    log.failed(ANTHROPIC, ramp);

    expect(log.mostUseful()).toBe(ramp);
  });
});

describe("the error about refused credentials", () => {
  it("does not name a target that failed in another way", () => {
    const log = logOf(401);
    log.failed(VERTEX, failure(400));

    expect(log.mostUseful().body).toMatchObject({
      error: { message: "This deployment's credentials are refused by anthropic (401)." },
    });
  });

  it("does not contain a refusal by an unknown target", () => {
    const log = logOf(401);
    log.failed(undefined, failure(403));

    expect(log.mostUseful().body).toMatchObject({
      error: { message: "This deployment's credentials are refused by anthropic (401)." },
    });
  });
});

describe("the attempts", () => {
  it("are kept in order, each with its result and, if known, its duration", () => {
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

  it("leave out a failure of an unknown target", () => {
    const log = new AttemptLog();

    log.failed(undefined, failure(503));

    expect({ attempts: log.attempts, status: log.mostUseful().status }).toEqual({ attempts: [], status: 503 });
  });
});
