/**
 * Collects members of nested objects that can be left out. Each is collected together with one
 * comma, so that the rest stays valid JSON. The scanner reports where objects and their members
 * begin and end.
 */
import { trimEnd } from "./json-tokens.ts";

export const MAX_CUTS = 256;
const NONE = -1;

/** The bytes `[start, end)` can be left out: a nested member and one comma. */
export interface Cut {
  start: number;
  end: number;
}

export class Cutter {
  readonly cuts: Cut[] = [];
  readonly #bytes: Uint8Array;
  /** The end of the last kept member of the open object; `NONE` if there is no such member. */
  #previousEnd = NONE;
  /**
   * The start of a cut at the beginning of an object. Such a cut includes the comma after it, if
   * there is one.
   */
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
