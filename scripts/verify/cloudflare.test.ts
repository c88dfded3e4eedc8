/** Each rule of Cloudflare's API is turned around once, and the verdict on its point alone is "different". */
import { expect, it } from "vitest";
import { AI_GATEWAY_RUN as LOCAL_GROUP } from "../../local/resources/cloudflare/index.ts";
import { changed, type Reply, type Rule, type Sent } from "../testing/interceptor.ts";
import { cloudflareError, cloudflareOk, useVerification, withVerdict } from "../testing/verification.ts";
import { AI_GATEWAY_RUN } from "./cloudflare-account.ts";

const verification = useVerification();

/** @param path a pattern of the path below the account */
const at = ({ host, method, path }: Sent, wanted: string, pattern: RegExp) =>
  host === "api.cloudflare.com" && method === wanted && pattern.test(path);

/** Changes the member `result` of an answer. */
function result(reply: Promise<Reply>, change: (value: never) => unknown): Promise<Reply> {
  return changed(reply, ({ result: value, ...rest }: { result: never }) => ({ ...rest, result: change(value) }));
}

/** An upload of a temporary Worker with this text in it. */
const uploads = (sent: Sent, text: string) => at(sent, "PUT", /\/scripts\/[^/]+-verify-/) && sent.body.includes(text);
const bindings = ({ body }: Sent) => body.split('"name":"V').length - 1;
const query = (sent: Sent) => (at(sent, "POST", /\/telemetry\/query$/) ? JSON.parse(sent.body) : undefined);

it.each<[point: number, what: string, rule: Rule]>([
  [
    7,
    "a script is not found by its name",
    (sent) => (at(sent, "GET", /\/workers\/workers\//) ? cloudflareError(404, 10007) : undefined),
  ],
  [
    8,
    "the group has another id",
    (sent) =>
      at(sent, "GET", /permission_groups/) ? cloudflareOk([{ id: "1".repeat(32), name: "AI Gateway Run" }]) : undefined,
  ],
  [
    20,
    "a gateway has authentication by default",
    (sent, pass) =>
      at(sent, "GET", /\/gateways\/[^/]+-verify-[^/]+$/)
        ? result(pass(), (gateway: object) => ({ ...gateway, authentication: true }))
        : undefined,
  ],
  [
    21,
    "traces are on by default",
    (sent, pass) =>
      at(sent, "GET", /-verify-[^/]+\/settings$/)
        ? result(pass(), ({ observability, ...rest }: { observability: object }) => ({
            ...rest,
            observability: { ...observability, traces: { enabled: true } },
          }))
        : undefined,
  ],
  [
    22,
    "a hostname in no zone is a 422",
    (sent) =>
      at(sent, "PUT", /\/workers\/domains$/) && !sent.body.includes("zone_id")
        ? cloudflareError(422, 10082)
        : undefined,
  ],
  [
    22,
    "an unknown zone has another code",
    (sent) => (sent.body.includes('"zone_id"') ? cloudflareError(400, 7003) : undefined),
  ],
  [
    23,
    "a refusal has a code",
    (sent) =>
      at(sent, "POST", /\/access\/apps$/) && sent.body.includes(".invalid") ? cloudflareError(400, 12130) : undefined,
  ],
  [
    23,
    "an answer has another member",
    (sent, pass) =>
      at(sent, "POST", /\/access\/apps$/) && !sent.body.includes(".invalid")
        ? result(pass(), (application: object) => ({ ...application, uid: "x" }))
        : undefined,
  ],
  [
    24,
    "a long variable has a code",
    (sent) => (uploads(sent, "x".repeat(5_121)) ? cloudflareError(400, 10054) : undefined),
  ],
  [24, "a KB is 1,000 bytes", (sent) => (uploads(sent, "x".repeat(5_001)) ? cloudflareError(400, 1) : undefined)],
  [
    24,
    "rate limits do not count",
    (sent) => (bindings(sent) === 64 && uploads(sent, "ratelimit") ? cloudflareOk({}) : undefined),
  ],
  [
    24,
    "a bad token policy has a code",
    (sent) =>
      at(sent, "POST", /\/tokens$/) && sent.body.includes("0".repeat(32)) ? cloudflareError(400, 1001) : undefined,
  ],
  [
    26,
    "a PUT keeps what it leaves out",
    (sent, pass) =>
      at(sent, "PUT", /\/gateways\/[^/]+-verify-/)
        ? pass({
            body: JSON.stringify({ ...JSON.parse(sent.body), otel: [{ url: "https://verify.invalid/v1/traces" }] }),
          })
        : undefined,
  ],
  [
    26,
    "a PUT keeps the spend limit that it leaves out",
    (sent, pass) =>
      at(sent, "PUT", /\/gateways\/[^/]+-verify-/)
        ? pass({
            body: JSON.stringify({
              ...JSON.parse(sent.body),
              spend_limits: { enabled: true, rules: [{ id: "verify" }] },
            }),
          })
        : undefined,
  ],
  [
    27,
    "a missing domain has a code",
    (sent) => (at(sent, "GET", /\/workers\/domains\/[^/]+$/) ? cloudflareError(404, 10037) : undefined),
  ],
  [
    27,
    "a disabled token does not verify",
    (sent) => (at(sent, "GET", /\/tokens\/verify$/) ? cloudflareError(401, 1000) : undefined),
  ],
  [30, "a period of 30 s is accepted", (sent) => (uploads(sent, '"period":30') ? cloudflareOk({}) : undefined)],
  [
    30,
    "a large namespace_id is refused",
    (sent) => (uploads(sent, String(2n ** 64n)) ? cloudflareError(400, 1) : undefined),
  ],
  [
    32,
    "a missing value does not meet neq",
    (sent) => (sent.body.includes('"neq"') && query(sent) ? cloudflareOk({ events: { events: [] } }) : undefined),
  ],
  [
    32,
    "a refusal has a code",
    (sent) =>
      query(sent)?.timeframe === null || (query(sent) && !query(sent).timeframe)
        ? cloudflareError(400, 30_001)
        : undefined,
  ],
  [
    32,
    "interval is in milliseconds",
    (sent, pass) =>
      query(sent)?.view === "calculations"
        ? figures(pass(), (figure) => ({ ...figure, interval: figure.interval * 1_000 }))
        : undefined,
  ],
  [
    32,
    "a median is one of the values",
    (sent, pass) =>
      query(sent)?.view === "calculations"
        ? figures(pass(), (figure) => ({ ...figure, value: Math.floor(figure.value / 10) * 10 }))
        : undefined,
  ],
])("point %d: %s", async (point, _what, rule) => {
  const found = await verification().verdicts(rule);

  expect(withVerdict(found, "different")).toEqual([point]);
  expect(found.get(point)?.consequence).toBeTruthy();
  expect(withVerdict(found, "could not tell")).toEqual([]);
});

it("point 24: the paid plan allows twice as many variables, which is no difference", async () => {
  const found = await verification().verdicts((sent) => {
    if (!uploads(sent, "plain_text") || bindings(sent) <= 64) return undefined;
    return bindings(sent) > 128 || sent.body.includes("ratelimit") ? cloudflareError(400, 1) : cloudflareOk({});
  });

  expect(withVerdict(found, "different")).toEqual([]);
  expect(found.get(24)?.seen).toContain("a variable above 128: 400 1; a rate limit beside 128 variables: refused");
});

it("the experiment believes in the group that the local cloud has", () => {
  expect(AI_GATEWAY_RUN).toBe(LOCAL_GROUP);
});

interface Figure {
  value: number;
  interval: number;
}

function figures(reply: Promise<Reply>, change: (figure: Figure) => Figure): Promise<Reply> {
  interface Calculation {
    aggregates: Figure[];
    series: { data: Figure[] }[];
  }
  return result(reply, ({ calculations }: { calculations: Calculation[] }) => ({
    calculations: calculations.map(({ aggregates, series, ...rest }) => ({
      ...rest,
      aggregates: aggregates.map(change),
      series: series.map(({ data }) => ({ data: data.map(change) })),
    })),
  }));
}
