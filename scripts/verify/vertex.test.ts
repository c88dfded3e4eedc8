/** Each rule of Vertex is turned around once, and the verdict on its point alone is "different". */
import { expect, it } from "vitest";
import { vertexLocation } from "../../local/vertex/hosts.ts";
import { changed, type Rule, type Sent } from "../testing/interceptor.ts";
import { anthropicError, googleError, ok, useVerification, withVerdict } from "../testing/verification.ts";

const verification = useVerification();

const MESSAGE = {
  type: "message",
  stop_reason: "max_tokens",
  content: [],
  usage: { input_tokens: 8, output_tokens: 1 },
};

/** A request to Vertex without the gateway. A large body is not parsed. */
function bodyOf({ host, body }: Sent): Record<string, unknown> | undefined {
  return vertexLocation(host) === undefined || body.length > 1_000_000 ? undefined : JSON.parse(body);
}
const counts = ({ path }: Sent) => path.includes("/models/count-tokens:");

it.each<[point: number, what: string, rule: Rule]>([
  [
    5,
    "one model refuses the new version",
    (sent) =>
      bodyOf(sent)?.anthropic_version === "2026-10-21" && sent.path.includes("claude-opus-5:")
        ? anthropicError(400, "invalid_request_error", "anthropic_version: Input should be 'vertex-2023-10-16'")
        : undefined,
  ],
  [
    9,
    "a region serves a model that is not documented there",
    (sent) => (sent.host.startsWith("us-east5") && sent.path.includes("claude-haiku-5-5:") ? ok(MESSAGE) : undefined),
  ],
  [
    10,
    "global counts tokens",
    (sent) => (counts(sent) && sent.host.startsWith("aip") ? ok({ input_tokens: 8 }) : undefined),
  ],
  [
    10,
    "counting refuses another beta",
    (sent) => {
      const beta = sent.headers["anthropic-beta"] ?? "";
      const refused = `Unexpected value(s) \`${beta}\` for the \`anthropic-beta\` header.`;
      return counts(sent) && beta.startsWith("computer-use")
        ? anthropicError(400, "invalid_request_error", refused)
        : undefined;
    },
  ],
  [
    10,
    "the front end refuses an unknown model",
    (sent) =>
      counts(sent) && bodyOf(sent)?.model === "claude-verify-none" ? googleError(404, "NOT_FOUND") : undefined,
  ],
  [11, "a URL source is accepted", (sent) => (/"type":"url"/.test(sent.body) ? ok(MESSAGE) : undefined)],
  [11, "service_tier is accepted", (sent) => (bodyOf(sent)?.service_tier ? ok(MESSAGE) : undefined)],
  [
    11,
    "a refusal has other words",
    (sent, pass) =>
      bodyOf(sent)?.tools
        ? changed(pass(), ({ error, ...rest }: { error: object }) => ({ ...rest, error: { ...error, message: "No." } }))
        : undefined,
  ],
  [
    12,
    "a model of 4.5 accepts output_config",
    (sent) => (bodyOf(sent)?.output_config && sent.path.includes("claude-opus-4-5") ? ok(MESSAGE) : undefined),
  ],
  [
    13,
    "the front end refuses a large body",
    (sent) =>
      sent.body.length > 30_000_000 ? googleError(400, "INVALID_ARGUMENT", "Request payload size") : undefined,
  ],
  [13, "a large body is accepted", (sent) => (sent.body.length > 30_000_000 ? ok(MESSAGE) : undefined)],
])("point %d: %s", async (point, _what, rule) => {
  const found = await verification().verdicts(rule, [point]);

  expect(withVerdict(found, "different")).toEqual([point]);
  expect(found.get(point)?.consequence).toBeTruthy();
  expect(withVerdict(found, "could not tell")).toEqual([]);
});

it("point 18: a location refuses the Worker's federated token", async () => {
  const { sandbox, verdicts } = verification();
  const { cloud } = sandbox;
  const { onExchange } = cloud;
  cloud.onExchange = (exchange) => {
    const token = exchange.headers.authorization?.replace("Bearer ", "") ?? "";
    const isFederated = cloud.context.state.accessTokens.get(token)?.member.startsWith("principal:");
    if (isFederated && vertexLocation(exchange.host) === "us") Object.assign(exchange.headers, { authorization: "x" });
    return onExchange?.(exchange);
  };

  const found = await verdicts(undefined);

  cloud.onExchange = onExchange;
  expect(withVerdict(found, "different")).toEqual([18]);
  expect(found.get(18)).toMatchObject({
    seen: "us-east5: accepted; us: refused with 401, not accepted",
    consequence: expect.stringContaining("pulumi config set googleImpersonation true"),
  });
});
