/**
 * The local cloud: one loopback HTTP server that is every host the project talks to, told apart by the Host header. The
 * Worker's real URLs arrive here (as workerd's external service), so nothing in the Worker knows.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { aiGateway } from "../ai-gateway/api.ts";
import { anthropicApi } from "../anthropic/api.ts";
import { controlPlane } from "../control-plane/index.ts";
import { Faults } from "../faults/faults.ts";
import { iamCredentialsApi } from "../google-auth/iam-credentials.ts";
import { securityTokenApi } from "../google-auth/sts.ts";
import { googleTokenApi } from "../google-auth/token-endpoint.ts";
import type { CloudContext } from "../http/context.ts";
import { sendBeforeBody, takeEarlyStatus } from "../http/early-status.ts";
import { type Exchange, openExchange, sendJson, withBody } from "../http/exchange.ts";
import { emptyState } from "../state/index.ts";
import { vertexApi, vertexLocation } from "../vertex/api.ts";
import { loopbackApi } from "./loopback-api.ts";

type Handler = (exchange: Exchange, context: CloudContext) => void | Promise<void>;

const HOSTS: Readonly<Record<string, Handler>> = {
  "api.anthropic.com": anthropicApi,
  "gateway.ai.cloudflare.com": aiGateway,
  "oauth2.googleapis.com": googleTokenApi,
  "sts.googleapis.com": securityTokenApi,
  "iamcredentials.googleapis.com": iamCredentialsApi,
  "127.0.0.1": loopbackApi,
  localhost: loopbackApi,
};

export interface CloudOptions {
  /** 0: any free port. */
  port: number;
  today: string;
}

export class LocalCloud {
  readonly context: CloudContext;
  /** Called with every exchange before it is handled, and awaited: for tests that look at what is sent, or hold it back. */
  onExchange: ((exchange: Exchange) => unknown) | undefined;
  readonly #server: Server;

  private constructor(server: Server, context: CloudContext) {
    this.#server = server;
    this.context = context;
  }

  /** @throws an error with `code: "EADDRINUSE"` where the port is taken. */
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
      // A caller that has left makes reading or writing fail; there is nobody to tell.
      response.on("error", () => undefined);
      const unread = openExchange(request, response);
      const early = takeEarlyStatus(unread, context.faults);
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
    const handler =
      HOSTS[exchange.host] ?? controlPlane(exchange) ?? (vertexLocation(exchange.host) ? vertexApi : undefined);
    if (!handler) return sendJson(exchange, 502, { error: `The local cloud has no host ${exchange.host}.` });
    try {
      await handler(exchange, this.context);
    } catch (error) {
      // A defect of the local cloud: told to whoever called, where one rejected promise would end every test.
      if (exchange.response.headersSent) exchange.response.destroy();
      else sendJson(exchange, 500, { error: `The local cloud failed: ${error}` });
    }
  }
}
