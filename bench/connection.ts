/**
 * One connection of the load client. The client speaks HTTP/1.1 on the socket itself, because an
 * HTTP library for Node needs more CPU time for a request than the Workers that are compared.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ResponseReader } from "./response-reader.ts";

interface Waiting {
  reader: ResponseReader;
  onData: ((bytes: Buffer) => void) | undefined;
  resolve: (status: number) => void;
  reject: (error: Error) => void;
}

export class Connection {
  readonly #socket: Socket;
  #waiting: Waiting | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", (error) => this.#waiting?.reject(error));
    socket.on("close", () => this.#waiting?.reject(new Error("the server has closed the connection")));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new Connection(socket);
  }

  /**
   * @param onData gets the bytes of the response as they arrive, with head and chunk sizes
   * @returns the status, when the response is whole
   */
  request(head: string, body: Buffer, onData?: (bytes: Buffer) => void): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting = { reader: new ResponseReader(), onData, resolve, reject };
      this.#socket.cork();
      this.#socket.write(head);
      this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    try {
      waiting.onData?.(bytes);
      waiting.reader.push(bytes);
    } catch (error) {
      waiting.reject(error as Error);
      return;
    }
    if (!waiting.reader.isWhole) return;
    this.#waiting = undefined;
    waiting.resolve(waiting.reader.status);
  }
}
