/**
 * Collects the members of nested objects that can be left out, each with one comma, so that what is
 * left stays JSON. The scanner says where objects and their members begin and end.
 */
import { trimEnd } from "./json-tokens.ts";

export const MAX_CUTS = 256;
const NONE = -1;

/** Bytes `[start, end)` that can be left out: a nested member and the comma that goes with it. */
export interface Cut {
  start: number;
  end: number;
}

export class Cutter {
  readonly cuts: Cut[] = [];
  readonly #bytes: Uint8Array;
  /** Where the open object's last member has ended; `NONE`: it has had none. */
  #previousEnd = NONE;
  /** Of a cut at the beginning of an object: it takes the comma behind it, once one is found. */
  #leadingStart = NONE;
  #leadingEnd = NONE;
  #depth = NONE;
  #isCut = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  memberStarts(depth: number, start: number, isCut: boolean): void {
    if (depth !== this.#depth) {
      this.#depth = depth;
      this.#previousEnd = NONE;
      this.#leadingStart = NONE;
    }
    this.#isCut = isCut;
    if (isCut && this.#previousEnd === NONE && this.#leadingStart === NONE) this.#leadingStart = start;
    if (!isCut && this.#leadingStart !== NONE) this.#add(this.#leadingStart, start);
  }

  memberEnds(depth: number, at: number): void {
    if (depth !== this.#depth) return;
    const end = trimEnd(this.#bytes, at);
    if (this.#leadingStart !== NONE) this.#leadingEnd = end;
    else {
      if (this.#isCut) this.#add(this.#previousEnd, end);
      this.#previousEnd = end;
    }
  }

  containerEnds(depth: number): void {
    if (depth !== this.#depth) return;
    if (this.#leadingStart !== NONE) this.#add(this.#leadingStart, this.#leadingEnd);
    this.#depth = NONE;
  }

  #add(start: number, end: number): void {
    this.#leadingStart = NONE;
    if (this.cuts.length <= MAX_CUTS) this.cuts.push({ start, end });
  }
}
