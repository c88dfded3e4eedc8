/**
 * A client that writes HTTP by hand, so that it can stop, lie or leave at any byte. It connects
 * only to loopback.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class HostileConnection {
  readonly #socket: Socket;
  #received = "";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
    });
    // The tests provoke errors and check their effects, so an error event needs no handling here.
    socket.on("error", () => undefined);
  }

  /** @param url of the Worker */
  static async open(url: string): Promise<HostileConnection> {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    return new HostileConnection(socket);
  }

  /** Everything received so far. */
  get received(): string {
    return this.#received;
  }

  /** @param headers one header line each */
  head(method: string, path: string, headers: readonly string[]): this {
    this.#socket.write([`${method} ${path} HTTP/1.1`, "host: worker", ...headers, "", ""].join("\r\n"));
    return this;
  }

  send(bytes: string | Uint8Array): this {
    this.#socket.write(bytes);
    return this;
  }

  /** Resolves with everything received, when it matches or when the connection closes. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received) && !this.#socket.closed) {
      await Promise.race([once(this.#socket, "data"), once(this.#socket, "close")]);
    }
    return this.#received;
  }

  /** Stops reading, but keeps the connection open. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Leaves with a TCP reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }
}
