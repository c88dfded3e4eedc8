/**
 * Keeps the address of the Worker while its process is replaced by an update: passes each new
 * connection on to the newest process, and leaves the open ones with theirs. A reset is passed on as
 * a reset, so the Worker sees a caller that leaves.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class Relay {
  readonly #server: Server;
  readonly #connections = new Map<Socket, number>();
  #port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    server.on("connection", (caller) => this.#connect(caller));
  }

  /** @param port the address to keep; 0: any free port @param to port of the process */
  static async start(port: number, to: number): Promise<Relay> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new Relay(server, to);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** New connections go to this port from now on. */
  switchTo(port: number): void {
    this.#port = port;
  }

  /**
   * Ends the connections to a port that have nothing under way, and waits for the others.
   * @param timeoutMs then they are ended too
   */
  async drain(port: number, timeoutMs: number): Promise<void> {
    const open = [...this.#connections].filter(([, to]) => to === port).map(([caller]) => caller);
    const timer = setTimeout(() => {
      for (const caller of open) caller.destroy();
    }, timeoutMs);
    await Promise.all(open.map((caller) => (caller.closed ? undefined : once(caller, "close").catch(() => undefined))));
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    const closed = once(this.#server.close(), "close");
    for (const caller of this.#connections.keys()) caller.destroy();
    await closed;
  }

  #connect(caller: Socket): void {
    const worker = connect({ port: this.#port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    this.#connections.set(caller, this.#port);
    for (const [socket, other] of [
      [caller, worker],
      [worker, caller],
    ] as const) {
      socket.pipe(other);
      socket.on("error", () => other.resetAndDestroy());
    }
    caller.once("close", () => this.#connections.delete(caller));
  }
}
