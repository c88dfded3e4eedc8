/** Speaks the inspector's protocol with workerd. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result }: { id?: number; result?: unknown } = JSON.parse(String(data));
      if (id !== undefined) this.#waiting.get(id)?.(result);
    });
  }

  static async connect(port: number): Promise<Inspector> {
    const list = await fetch(`http://127.0.0.1:${port}/json`);
    const [first] = (await list.json()) as { webSocketDebuggerUrl: string }[];
    if (!first) throw new Error("the inspector has no target");
    const socket = new WebSocket(first.webSocketDebuggerUrl);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    return new Inspector(socket);
  }

  call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#calls;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
