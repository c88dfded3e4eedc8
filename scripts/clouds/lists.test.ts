/** A list is read to its end, whatever the API says of its pages. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { CloudflareApi } from "./cloudflare.ts";
import { GoogleApi } from "./google.ts";

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const opened of open.splice(0)) opened.close();
});

async function serve(answer: (query: URLSearchParams) => object): Promise<string> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://x");
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer(searchParams)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push({ close: () => server.closeAllConnections() }, server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const options = { headers: async () => ({}), signal: new AbortController().signal };

describe("a list of Cloudflare's", () => {
  const ITEMS = Array.from({ length: 7 }, (_, index) => index);
  const list = async (info: (page: number) => object | undefined, perPage = 3) => {
    const baseUrl = await serve((query) => {
      const page = Number(query.get("page"));
      return { success: true, result: ITEMS.slice((page - 1) * 3, page * 3), result_info: info(page) };
    });
    return new CloudflareApi({ ...options, baseUrl }).list("things", z.number(), {}, perPage);
  };

  it.each([
    ["the number of pages", () => ({ total_pages: 3 })],
    ["the number of items", () => ({ total_count: 7 })],
    ["nothing", () => undefined],
  ])("is read to its end if the API says %s", async (_what, info) => {
    expect(await list(info)).toMatchObject({ kind: "ok", value: ITEMS });
  });

  it("is not taken for whole if it does not end", async () => {
    const baseUrl = await serve(() => ({ success: true, result: [1, 2, 3] }));

    const answer = await new CloudflareApi({ ...options, baseUrl }).list("things", z.number(), {}, 3);

    expect(answer).toEqual({ kind: "unreachable", why: "Cloudflare's list has more than 100 pages" });
  });
});

describe("a list of Google's", () => {
  it("is read to its end, and an empty one may have no member", async () => {
    const url = await serve((query) =>
      query.get("pageToken") === "2"
        ? { keys: ["c"] }
        : query.get("pageToken") === "1"
          ? { nextPageToken: "2" }
          : { keys: ["a", "b"], nextPageToken: "1" },
    );

    const answer = await new GoogleApi({ ...options, urlOf: () => url }).list("h", "p", "keys", z.string());

    expect(answer).toMatchObject({ kind: "ok", value: ["a", "b", "c"] });
  });

  it("is not taken for whole if it does not end", async () => {
    const url = await serve(() => ({ keys: ["a"], nextPageToken: "1" }));

    const answer = await new GoogleApi({ ...options, urlOf: () => url }).list("h", "p", "keys", z.string());

    expect(answer).toEqual({ kind: "unreachable", why: "the list of keys at h has more than 100 pages" });
  });
});
