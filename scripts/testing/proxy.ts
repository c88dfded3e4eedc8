/** A proxy in front of the Worker in a test: it may change what passes. */
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

export type Change = (message: IncomingMessage, which: "request" | "answer") => void;

export interface Proxy {
  url: string;
  close(): void;
}

/** @param url of the Worker */
export async function startProxy(url: string, change: Change): Promise<Proxy> {
  const server = createServer((incoming, outgoing) => {
    change(incoming, "request");
    const { method, headers } = incoming;
    const passed = request(`${url}${incoming.url}`, { method, headers }, (answer) => {
      change(answer, "answer");
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
