/** A stand-in for api.cloudflare.com at which every look-up fails, in different ways. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const NOT_FOUND = { success: false, errors: [{ code: 10007, message: "not found" }], messages: [], result: null };
const FORBIDDEN = { ...NOT_FOUND, errors: [{ code: 10000, message: "Authentication error" }] };

export interface Failure {
  what: string;
  /** Undefined if no server listens. */
  answer: ((response: ServerResponse) => void) | undefined;
  /** The reason in the warning. */
  reason: RegExp;
}

const json = (status: number, body: object) => (response: ServerResponse) => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

export const FAILURES: readonly Failure[] = [
  { what: "404", answer: json(404, NOT_FOUND), reason: /this account has no name under workers\.dev yet/ },
  { what: "403", answer: json(403, FORBIDDEN), reason: /Cloudflare answered 403: 10000: Authentication error/ },
  {
    what: "500 with a page of HTML",
    answer: (response) => void response.writeHead(500, { "content-type": "text/html" }).end("<html>oh</html>"),
    reason: /Cloudflare answered 500/,
  },
  {
    what: "200 without a result",
    answer: json(200, { success: true, errors: [], result: null }),
    reason: /answered with an unexpected body/,
  },
  {
    what: "200 with half a body",
    answer: (response) => void response.end('{"success":tr'),
    reason: /answered with an unexpected body/,
  },
  { what: "nothing and closes the connection", answer: (response) => response.destroy(), reason: /cannot be reached/ },
  { what: "no answer in time", answer: () => undefined, reason: /no answer from Cloudflare within 5 s/ },
  { what: "nothing, because no server listens", answer: undefined, reason: /cannot be reached/ },
];

export async function failingCloudflare({ answer }: Failure): Promise<{ url: string; close(): void }> {
  if (!answer) return { url: "http://127.0.0.1:1", close: () => undefined };
  const server = createServer((_request, response) => answer(response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
