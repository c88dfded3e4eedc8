/**
 * Finds the top-level members of a JSON object in its bytes, so that a step's body can be made of
 * slices. `system`, `tools` and `messages` are sent on unchanged, because thinking blocks and
 * prompt caches depend on every byte.
 *
 * The grammar is that of RFC 8259, except that the content of strings is not checked. That makes
 * the scan fast. It is safe because every accepted byte is sent on, so invalid JSON inside a string
 * is left for the provider to reject. The body may come from an attacker. So the scan is not
 * recursive, everything that it collects has a limit, and a duplicate member is refused, because
 * two parsers may choose different ones.
 */
import { type Cut, Cutter, MAX_CUTS } from "./cutter.ts";
import { JsonStrings } from "./json-strings.ts";
import { BACKSLASH, decodeString, endOfScalar, QUOTE, Refusal, skipWhitespace, trimEnd } from "./json-tokens.ts";

/**
 * Anthropic accepts no request with so many levels. The limit keeps the arrays of the scan small.
 */
const MAX_DEPTH = 1_000;
/** A request of Anthropic's API has about thirty members. */
const MAX_MEMBERS = 100;
const MAX_NAME_BYTES = 256;
/** Longest nested name or value that the grammar collects. */
const MAX_FOUND_BYTES = 64;
/** Anthropic's API has far fewer kinds of blocks and tools. */
const MAX_FOUND = 64;

/** Offsets in bytes. `[start, end)` is `"name": value` without the white space around it. */
export interface Member {
  start: number;
  valueStart: number;
  end: number;
}

export interface Scanned {
  ok: true;
  start: number;
  end: number;
  members: ReadonlyMap<string, Member>;
  /**
   * The collected values as `label:value`. Contains `TOO_MANY` if there were more than the scan
   * keeps.
   */
  found: ReadonlySet<string>;
  /**
   * The cuts in the order of the bytes. If there were too many, the list is empty and `found`
   * contains `TOO_MANY`.
   */
  cuts: readonly Cut[];
  /** Where the marked strings are, by mark. */
  marks: ReadonlyMap<string, Range>;
}

/** Offsets in bytes, `[start, end)`. Those of a string include its quotes. */
export interface Range {
  start: number;
  end: number;
}

export type Scan = Scanned | { ok: false; at: number; problem: string };

export const TOO_MANY = "too_many_types";

/**
 * Tells the scan where to look below the top level. Each entry describes one kind of object, and
 * the first kind is the root. `into` has the members to look into, with the kind of their object
 * or, for an array, of its elements. `collect` has the string members whose values are collected,
 * with their labels. `first` and `last` have the string members of which the scan keeps where the
 * first or the last one is, with their marks. `cut` has the members that can be left out.
 */
export type Grammar = readonly {
  kind: string;
  into?: Readonly<Record<string, string>>;
  collect?: Readonly<Record<string, string>>;
  first?: Readonly<Record<string, string>>;
  last?: Readonly<Record<string, string>>;
  cut?: readonly string[];
}[];

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const NONE = -1;

type Expected = "value" | "value or ]" | "name" | "name or }" | ", or end";

export function scanObject(bytes: Uint8Array, grammar: Grammar = []): Scan {
  try {
    return new Scanner(bytes, grammar).scan();
  } catch (refusal) {
    if (refusal instanceof Refusal) return { ok: false, at: refusal.at, problem: refusal.problem };
    throw refusal;
  }
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #strings: JsonStrings;
  readonly #grammar: Grammar;
  readonly #members = new Map<string, Member>();
  readonly #found = new Set<string>();
  readonly #marks = new Map<string, Range>();
  readonly #cutter: Cutter;
  /** The kinds of the open containers, by depth. For an array, it is the kind of its elements. */
  readonly #kinds = new Int8Array(MAX_DEPTH + 1).fill(NONE);
  readonly #isObject = new Uint8Array(MAX_DEPTH + 1);
  #at = 0;
  #depth = 0;
  #expected: Expected = "value";
  /** The kind of the next value. */
  #nextKind = 0;
  #label: string | undefined;
  #mark: string | undefined;
  /** The top-level member that is being scanned. */
  #open: { name: string; start: number; valueStart: number } | undefined;

  constructor(bytes: Uint8Array, grammar: Grammar) {
    this.#bytes = bytes;
    this.#strings = new JsonStrings(bytes);
    this.#grammar = grammar;
    this.#cutter = new Cutter(bytes);
  }

  scan(): Scanned {
    const bytes = this.#bytes;
    const start = skipWhitespace(bytes, 0);
    if (bytes[start] !== OPEN_OBJECT) throw new Refusal(start, "the body must be a JSON object");
    this.#at = start;
    do this.#step();
    while (this.#depth > 0);

    const end = this.#at;
    this.#at = skipWhitespace(bytes, end);
    if (this.#at < bytes.length) throw new Refusal(this.#at, "only white space may follow the object");
    const tooMany = this.#cutter.cuts.length > MAX_CUTS;
    if (tooMany) this.#found.add(TOO_MANY);
    const cuts = tooMany ? [] : this.#cutter.cuts;
    return { ok: true, start, end, members: this.#members, found: this.#found, cuts, marks: this.#marks };
  }

  #step(): void {
    this.#at = skipWhitespace(this.#bytes, this.#at);
    const byte = this.#bytes[this.#at];
    switch (this.#expected) {
      case "value or ]":
        if (byte === CLOSE_ARRAY) return this.#close();
        return this.#value(byte);
      case "value":
        return this.#value(byte);
      case "name or }":
        if (byte === CLOSE_OBJECT) return this.#close();
        return this.#name(byte);
      case "name":
        return this.#name(byte);
      case ", or end":
        return this.#commaOrEnd(byte);
    }
  }

  #value(byte: number | undefined): void {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return this.#openContainer(byte === OPEN_OBJECT);
    const start = this.#at;
    this.#at = byte === QUOTE ? this.#strings.endOf(start) : endOfScalar(this.#bytes, start);
    if (byte === QUOTE) {
      if (this.#label !== undefined) this.#collect(this.#label, start, this.#at);
      if (this.#mark !== undefined) this.#marks.set(this.#mark, { start, end: this.#at });
    }
    this.#label = undefined;
    this.#mark = undefined;
    this.#expected = ", or end";
  }

  #openContainer(isObject: boolean): void {
    const depth = ++this.#depth;
    if (depth > MAX_DEPTH) throw new Refusal(this.#at, `nested deeper than ${MAX_DEPTH} levels`);
    const isElement = depth > 1 && this.#isObject[depth - 1] === 0;
    this.#kinds[depth] = isElement ? (this.#kinds[depth - 1] ?? NONE) : this.#nextKind;
    this.#isObject[depth] = isObject ? 1 : 0;
    this.#label = undefined;
    this.#mark = undefined;
    this.#at++;
    this.#expected = isObject ? "name or }" : "value or ]";
  }

  #name(byte: number | undefined): void {
    const bytes = this.#bytes;
    if (byte !== QUOTE) throw new Refusal(this.#at, "expected a member's name in double quotes");
    const start = this.#at;
    const end = this.#strings.endOf(start);
    this.#at = skipWhitespace(bytes, end);
    if (bytes[this.#at] !== COLON) throw new Refusal(this.#at, "expected ':'");
    this.#at = skipWhitespace(bytes, this.#at + 1);
    if (this.#depth === 1) this.#openMember(start, end);
    this.#followGrammar(start, end);
    this.#expected = "value";
  }

  #openMember(start: number, nameEnd: number): void {
    const name = decodeString(this.#bytes, start, nameEnd, MAX_NAME_BYTES);
    if (name === undefined) throw new Refusal(start, "a member's name is not a JSON string of at most 256 bytes");
    if (this.#members.has(name)) throw new Refusal(start, `the member ${JSON.stringify(name)} occurs twice`);
    if (this.#members.size === MAX_MEMBERS) throw new Refusal(start, `more than ${MAX_MEMBERS} members`);
    this.#open = { name, start, valueStart: this.#at };
  }

  #followGrammar(start: number, end: number): void {
    this.#nextKind = NONE;
    this.#label = undefined;
    this.#mark = undefined;
    const kind = this.#grammar[this.#kinds[this.#depth] ?? NONE];
    if (!kind) return;
    const name = decodeName(this.#bytes, start, end);
    if (kind.cut) this.#cutter.memberStarts(this.#depth, start, name !== undefined && kind.cut.includes(name));
    if (name === undefined) return;
    const into = own(kind.into, name);
    if (into !== undefined) this.#nextKind = this.#grammar.findIndex((candidate) => candidate.kind === into);
    this.#label = own(kind.collect, name);
    const first = own(kind.first, name);
    this.#mark = first !== undefined && !this.#marks.has(first) ? first : own(kind.last, name);
  }

  #commaOrEnd(byte: number | undefined): void {
    const inObject = this.#isObject[this.#depth] === 1;
    if (byte === COMMA) {
      this.#endMember();
      this.#at++;
      this.#expected = inObject ? "name" : "value";
    } else if (byte === (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      this.#endMember();
      this.#close();
    } else {
      const problem = byte === undefined ? "the body ends too early" : `expected ',' or '${inObject ? "}" : "]"}'`;
      throw new Refusal(this.#at, problem);
    }
  }

  #endMember(): void {
    if (this.#depth === 1 && this.#open) {
      const { name, start, valueStart } = this.#open;
      this.#members.set(name, { start, valueStart, end: trimEnd(this.#bytes, this.#at) });
      this.#open = undefined;
    }
    this.#cutter.memberEnds(this.#depth, this.#at);
  }

  #close(): void {
    this.#cutter.containerEnds(this.#depth);
    this.#depth--;
    this.#at++;
    this.#expected = ", or end";
  }

  /** Adds a value to `found`. A value that is too long for a known type is added as `label:?`. */
  #collect(label: string, start: number, end: number): void {
    if (this.#found.has(TOO_MANY)) return;
    this.#found.add(`${label}:${decodeName(this.#bytes, start, end) ?? "?"}`);
    if (this.#found.size >= MAX_FOUND) this.#found.add(TOO_MANY);
  }
}

function own(table: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined;
}

/**
 * @returns a string; undefined if it is too long for the grammar. Most strings are short and plain,
 * so they need no parser.
 */
function decodeName(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (end - start > MAX_FOUND_BYTES) return undefined;
  let name = "";
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === BACKSLASH || byte > 0x7f) return decodeString(bytes, start, end, MAX_FOUND_BYTES);
    name += String.fromCharCode(byte);
  }
  return name;
}
