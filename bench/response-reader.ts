/**
 * Finds the end of a response of HTTP/1.1 in the bytes of a connection. It reads only what the
 * servers of the bench send: a status, and a body with a declared length or in chunks.
 */

const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");

type State = "head" | "length" | "chunk size" | "chunk" | "end";

export class ResponseReader {
  status = 0;
  #state: State = "head";
  /** Bytes that are not yet enough for the head or for a chunk's size. */
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of the body or of the chunk that are still to come. */
  #left = 0;

  get isWhole(): boolean {
    return this.#state === "end";
  }

  /** @throws if the server sends something else */
  push(arrived: Buffer): void {
    const bytes = this.#rest.length === 0 ? arrived : Buffer.concat([this.#rest, arrived]);
    this.#rest = Buffer.alloc(0);
    for (let at = 0; at < bytes.length; ) at = this.#step(bytes, at);
  }

  /** @returns where the next step begins */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case "head":
        return this.#head(bytes, at);
      case "chunk size":
        return this.#chunkSize(bytes, at);
      case "length":
      case "chunk": {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        if (this.#left === 0) this.#state = this.#state === "length" ? "end" : "chunk size";
        return at + taken;
      }
      case "end":
        throw new Error("a server has sent more than its answer");
    }
  }

  #head(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(HEAD_END, at);
    if (end < 0) return this.#keep(bytes, at);
    const head = bytes.toString("latin1", at, end).toLowerCase();
    this.status = Number(head.slice("http/1.1 ".length, "http/1.1 200".length));
    const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
    if (length === undefined && !/\r\ntransfer-encoding: *chunked/.test(head))
      throw new Error(`a server has sent a body without a length: ${head}`);
    this.#left = Number(length ?? 0);
    this.#state = length === undefined ? "chunk size" : this.#left === 0 ? "end" : "length";
    return end + HEAD_END.length;
  }

  #chunkSize(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_END, at);
    if (end < 0) return this.#keep(bytes, at);
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    const dataAt = end + LINE_END.length;
    // A line's end follows each chunk, also the last one, which is empty.
    if (size === 0 && bytes.length < dataAt + LINE_END.length) return this.#keep(bytes, at);
    this.#left = size + LINE_END.length;
    this.#state = size === 0 ? "end" : "chunk";
    return size === 0 ? dataAt + LINE_END.length : dataAt;
  }

  #keep(bytes: Buffer, at: number): number {
    this.#rest = bytes.subarray(at);
    return bytes.length;
  }
}
