/**
 * The local cloud: one loopback HTTP server for every host that the project calls. workerd sends
 * the Worker's real URLs here (as an external service), so the Worker needs no change.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Faults } from "../faults/faults.ts";
import type { CloudContext } from "../http/context.ts";
import { sendBeforeBody, takeEarlyStatus } from "../http/early-status.ts";
import { type Exchange, openExchange, sendJson, withBody } from "../http/exchange.ts";
import { emptyState } from "../state/index.ts";
import { findHandler, onItsHost } from "./hosts.ts";

export interface CloudOptions {
  /** Port of the local cloud. 0 means any free port. */
  port: number;
  today: string;
}

export class LocalCloud {
  readonly context: CloudContext;
  /**
   * Called with every exchange, and awaited, before it is handled. Tests use it to inspect or delay
   * requests.
   */
  onExchange: ((exchange: Exchange) => unknown) | undefined;
  readonly #server: Server;

  private constructor(server: Server, context: CloudContext) {
    this.#server = server;
    this.context = context;
  }

  /** @throws an error with `code: "EADDRINUSE"` when the port is in use */
  static async start({ port, today }: CloudOptions): Promise<LocalCloud> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    const context: CloudContext = {
      state: emptyState(),
      faults: new Faults(),
      today,
      port: (server.address() as AddressInfo).port,
      user: "user:you@example.com",
    };
    const cloud = new LocalCloud(server, context);
    server.on("request", async (request, response) => {
      // Reading or writing fails after the caller disconnects. Nobody is left to answer.
      response.on("error", () => undefined);
      const unread = openExchange(request, response);
      const early = takeEarlyStatus(onItsHost(unread), context.faults);
      if (early) {
        await cloud.onExchange?.(unread);
        return sendBeforeBody(unread, request, early);
      }
      const exchange = await withBody(unread, request).catch(() => undefined);
      if (exchange) await cloud.#handle(exchange);
    });
    return cloud;
  }

  get url(): string {
    return `http://127.0.0.1:${this.context.port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(exchange: Exchange): Promise<void> {
    await this.onExchange?.(exchange);
    const found = findHandler(exchange);
    if (!found) return sendJson(exchange, 502, { error: `The local cloud has no host ${exchange.host}.` });
    try {
      await found.handler(found.exchange, this.context);
    } catch (error) {
      // A bug in the local cloud. It is reported to the caller, because an unhandled rejection
      // would end every test.
      if (exchange.response.headersSent) exchange.response.destroy();
      else sendJson(exchange, 500, { error: `The local cloud failed: ${error}` });
    }
  }
}
