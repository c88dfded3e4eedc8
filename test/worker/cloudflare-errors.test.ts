/** Cloudflare's own errors in front of a provider: they are failures, and no caller sees their page. */
import { describe, expect, it } from "vitest";
import { post, QUESTION, useSandbox } from "../support/sandbox.ts";

const STATUSES = [520, 521, 522, 523, 524, 525, 526, 530] as const;
const FORMATS = ["html", "json"] as const;
/** Nothing of Cloudflare's body may be in an answer or in a header. */
const OF_THE_PAGE = /cloudflare|ray|<html|doctype|zone|owner_action/i;

/** The usual window, in which the next request must see a hidden status. */
const NEVER_OPEN = { failures: 1_000_000 };

describe.each(["universal", "direct", "bypass"])("with routing %s", (routing) => {
  const stack = useSandbox({ config: { routing, breaker: NEVER_OPEN } });
  const cases = STATUSES.flatMap((status) => FORMATS.map((format) => ({ status, format })));

  it.each(cases)("$status as $format fails over, and is named in the attempts", async ({ status, format }) => {
    stack().cloud.context.faults.set("anthropic", { mode: "cloudflare_error", status, format });
    const hidden = await post(stack(), JSON.stringify(QUESTION));
    await hidden.text();

    const response = await post(stack(), JSON.stringify(QUESTION));
    await response.text();

    expect([hidden.status, response.status]).toEqual([200, 200]);
    const attempts = [hidden, response].map(({ headers }) => headers.get("x-failover-attempts"));
    expect(attempts).toContain(`anthropic=${status};vertex/us-east5=200`);
  });

  it.each(cases)("$status as $format from all targets is an error in Anthropic's envelope", async (fault) => {
    for (const target of ["anthropic", "vertex"]) {
      stack().cloud.context.faults.set(target, { mode: "cloudflare_error", ...fault });
    }

    for (const stream of [false, true]) {
      const response = await post(stack(), JSON.stringify({ ...QUESTION, stream }));
      const text = await response.text();

      const isTimeOut = fault.status === 522 || fault.status === 524;
      expect(response.status).toBe(isTimeOut ? 504 : 502);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(JSON.parse(text)).toEqual({
        type: "error",
        error: {
          type: isTimeOut ? "timeout_error" : "api_error",
          message: `The target answered with status ${fault.status}.`,
        },
        request_id: response.headers.get("request-id"),
      });
      const headers = [...response.headers].filter(([name]) => !name.startsWith("cf-aig-"));
      expect(text + JSON.stringify(headers)).not.toMatch(OF_THE_PAGE);
    }
  });
});
