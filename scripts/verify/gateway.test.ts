/** Each rule of the gateway is turned around once, and the verdict on its point alone is "different". */
import { expect, it } from "vitest";
import { changed, type Rule, type Sent } from "../testing/interceptor.ts";
import { gatewayError, SLOW_MS, useVerification, withVerdict } from "../testing/verification.ts";

interface Step {
  endpoint: string;
  headers: Record<string, string>;
  query: Record<string, unknown>;
}

const verification = useVerification();

const isGateway = ({ host }: Sent) => host === "gateway.ai.cloudflare.com";
/** The steps of a request to the stack's own gateway; a large body is not parsed. */
function stepsOf({ path, host, body }: Sent): Step[] | undefined {
  if (host !== "gateway.ai.cloudflare.com" || !/^\/v1\/[^/]+\/[^/]+$/.test(path) || body.length > 1_000_000)
    return undefined;
  return JSON.parse(body);
}
const isWrong = (step: Step | undefined) => step?.headers["x-api-key"] === "sk-ant-verify-wrong-key";
const lacksMessages = (step: Step | undefined) => step !== undefined && step.query.messages === undefined;

/** The gateway returns what the first step got, if the condition holds. */
function returnsFirst(condition: (first: Step, second: Step) => boolean): Rule {
  return (sent, pass) => {
    const [first, second] = stepsOf(sent) ?? [];
    if (!first || !second || !condition(first, second)) return undefined;
    return pass({ body: JSON.stringify([first]) });
  };
}

/** A call to a provider-native endpoint of the stack's own gateway. */
const isNative = (sent: Sent) => isGateway(sent) && /\/anthropic\//.test(sent.path) && !sent.path.includes("-verify-");

it.each<[point: number, what: string, rule: Rule]>([
  [1, "a 400 is returned", returnsFirst((first, second) => lacksMessages(first) && !isWrong(second))],
  [1, "a 401 is returned", returnsFirst((first, second) => isWrong(first) && !isWrong(second))],
  [
    1,
    "2005 is the answer when every step fails",
    (sent) => (stepsOf(sent)?.every((step) => isWrong(step) || lacksMessages(step)) ? gatewayError(2005) : undefined),
  ],
  [
    1,
    "a 413 is returned",
    (sent, pass) => {
      if (!isGateway(sent) || sent.body.length < 1_000_000) return undefined;
      return pass({ body: `${sent.body.slice(0, sent.body.lastIndexOf(',{"provider"'))}]` });
    },
  ],
  [
    3,
    "a passed limit ends the chain",
    (sent) => (stepsOf(sent)?.[0]?.headers["cf-aig-request-timeout"] ? gatewayError(2005) : undefined),
  ],
  [
    4,
    "the gateway does not reach us",
    (sent) => (stepsOf(sent)?.[0]?.endpoint.includes("/locations/us/") ? gatewayError(2005) : undefined),
  ],
  [
    6,
    "the gateway holds a stream back",
    (sent, pass) => (stepsOf(sent)?.[0]?.endpoint.endsWith(":streamRawPredict") ? pass() : undefined),
  ],
  [
    14,
    "a passed limit of a native endpoint is a 504",
    (sent) => (isNative(sent) && sent.headers["cf-aig-request-timeout"] ? { status: 504, body: "{}" } : undefined),
  ],
  [
    14,
    "a bearer token counts as a credential",
    (sent, pass) => {
      const key = /^Bearer (.*)$/.exec(sent.headers.authorization ?? "")?.[1];
      return isNative(sent) && key !== undefined ? pass({ headers: { ...sent.headers, "x-api-key": key } }) : undefined;
    },
  ],
  [
    15,
    "2040 is a 403",
    (sent) => {
      const hasCredential = sent.headers.authorization ?? sent.headers["x-api-key"];
      return isNative(sent) && !hasCredential ? gatewayError(2040, 403) : undefined;
    },
  ],
  [31, "an entry is late", (sent) => (isLog(sent) && lateReads++ === 0 ? pageOf([]) : undefined)],
  [31, "path starts with a slash", entries((entry) => ({ ...entry, path: `/${entry.path}` }))],
  [31, "a call without an answer has a status", entries((entry) => ({ status_code: 0, ...entry }))],
  [
    31,
    "one entry must meet both filters",
    (sent) => (isLog(sent) && sent.path.includes("filters=") ? pageOf([]) : undefined),
  ],
  [
    31,
    "search does not read metadata",
    (sent) => (isLog(sent) && sent.path.includes("search=quetzal") ? pageOf([]) : undefined),
  ],
  [
    31,
    "request_head is shorter",
    (sent, pass) =>
      /-verify-[0-9a-f]{4}\/logs\/[^/?]+$/.test(sent.path)
        ? changed(pass(), ({ result, ...rest }: { result: object }) => ({
            ...rest,
            result: { ...result, request_head: "x".repeat(64) },
          }))
        : undefined,
  ],
])("point %d: %s", async (point, what, rule) => {
  const { verdicts } = verification();

  const found = await verdicts(rule, what.includes("413") ? [1] : point === 1 ? [1] : []);

  expect(withVerdict(found, "different")).toEqual([point]);
  expect(found.get(point)?.consequence).toBeTruthy();
  expect(withVerdict(found, "could not tell")).toEqual([]);
});

it("point 3: the limit in a step's headers is not heeded", async () => {
  const { latency, verdicts } = verification();
  const usual = latency.ms;
  latency.ms = SLOW_MS;

  const found = await verdicts((sent, pass) => {
    const steps = stepsOf(sent);
    const [first] = steps ?? [];
    if (!first?.headers["cf-aig-request-timeout"]) return undefined;
    const { "cf-aig-request-timeout": _limit, ...headers } = first.headers;
    return pass({ body: JSON.stringify(steps?.with(0, { ...first, headers })) });
  });

  latency.ms = usual;
  expect(withVerdict(found, "different")).toEqual([3]);
  expect(found.get(3)?.seen).toContain("the step answers: the limit is not heeded");
});

it("point 2: a gateway prints queries again", async () => {
  const { account, verdicts } = verification();
  const [gateway] = account.gateways.values();
  if (!gateway) throw new Error("no gateway");
  gateway.reprintsQueries = true;

  const found = await verdicts(undefined, [1, 2]);

  gateway.reprintsQueries = false;
  expect(withVerdict(found, "different")).toEqual([2]);
  expect(found.get(1)?.seen).toContain("413: could not be told");
});

let lateReads = 0;
const isLog = ({ path }: Sent) => /-verify-[0-9a-f]{4}\/logs(\?|$)/.test(path);

function pageOf(result: readonly object[]) {
  const info = { page: 1, per_page: 20, count: result.length, total_count: result.length, total_pages: 1 };
  return { status: 200, body: JSON.stringify({ success: true, errors: [], messages: [], result, result_info: info }) };
}

function entries(change: (entry: { path: string }) => object): Rule {
  return (sent, pass) =>
    isLog(sent)
      ? changed(pass(), ({ result, ...rest }: { result: { path: string }[] }) => ({
          ...rest,
          result: result.map(change),
        }))
      : undefined;
}
