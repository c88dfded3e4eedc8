/**
 * Finds the top-level members of a JSON object in its bytes, so that a step's body can be spliced from slices and
 * `system`, `tools` and `messages` leave the Worker byte for byte (thinking blocks and prompt caches are bound to them).
 *
 * The grammar is RFC 8259's to the letter but inside strings, whose ends are found and whose content is not looked at: that
 * is what makes it fast, and it is safe since every accepted byte is sent on, so what is no JSON here is none there.
 * Iterative, since the body is hostile; a duplicate member is refused, since two parsers may pick different ones.
 */
import {
  BACKSLASH,
  decodeString,
  endOfScalar,
  endOfString,
  QUOTE,
  Refusal,
  skipWhitespace,
  trimEnd,
} from "./json-tokens.ts";

/** Deeper than any request Anthropic accepts; refusing is what keeps the stack small. */
const MAX_DEPTH = 1_000;
/** A longer name is none that any API knows, and decoding it would cost what a hostile client wants. */
const MAX_NAME_BYTES = 1_024;

/** Of a nested name or value that a grammar asks for; escapes take six bytes a character. */
const MAX_FOUND_BYTES = 256;

/** Offsets are bytes. `[start, end)` is `"name": value` without the white space around it. */
export interface Member {
  start: number;
  valueStart: number;
  end: number;
}

export type Scan =
  | {
      ok: true;
      start: number;
      end: number;
      members: ReadonlyMap<string, Member>;
      /** What the grammar collects: `label:value`. */
      found: ReadonlySet<string>;
    }
  | { ok: false; at: number; problem: string };

/**
 * Where below the top level the scan looks, by kind of object: `into` names the members that lead on (an array leads to the
 * kind of its elements), `collect` the string members whose values are wanted, and their label. The first kind is the root.
 */
export type Grammar = readonly {
  kind: string;
  into?: Readonly<Record<string, string>>;
  collect?: Readonly<Record<string, string>>;
}[];

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

export function scanObject(bytes: Uint8Array, grammar: Grammar = []): Scan {
  try {
    return scan(bytes, grammar);
  } catch (refusal) {
    if (refusal instanceof Refusal) return { ok: false, at: refusal.at, problem: refusal.problem };
    throw refusal;
  }
}

function scan(bytes: Uint8Array, grammar: Grammar): Scan {
  const members = new Map<string, Member>();
  const found = new Set<string>();
  /** By depth: which kind of the grammar a container is (for an array: its elements are), -1 for none. */
  const kinds = new Int8Array(MAX_DEPTH + 1).fill(-1);
  let nextKind = grammar.length > 0 ? 0 : -1;
  let label: string | undefined;
  const isObject = new Uint8Array(MAX_DEPTH + 1);
  const start = skipWhitespace(bytes, 0);
  if (bytes[start] !== OPEN_OBJECT) throw new Refusal(start, "the body must be a JSON object");

  let depth = 0;
  let at = start;
  /** The top-level member whose value has not ended yet. */
  let open: { name: string; start: number; valueStart: number } | undefined;
  let expect: "value" | "value or ]" | "name" | "name or }" | ", or end" = "value";

  for (;;) {
    at = skipWhitespace(bytes, at);
    const byte = bytes[at];
    const isEmpty =
      (expect === "value or ]" && byte === CLOSE_ARRAY) || (expect === "name or }" && byte === CLOSE_OBJECT);
    if (isEmpty) {
      depth--;
      at++;
      expect = ", or end";
      continue;
    }
    switch (expect) {
      case "value":
      case "value or ]":
        if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
          if (++depth > MAX_DEPTH) throw new Refusal(at, `nested deeper than ${MAX_DEPTH} levels`);
          kinds[depth] = depth > 1 && isObject[depth - 1] === 0 ? (kinds[depth - 1] ?? -1) : nextKind;
          isObject[depth] = byte === OPEN_OBJECT ? 1 : 0;
          at++;
          expect = byte === OPEN_OBJECT ? "name or }" : "value or ]";
        } else {
          const end = byte === QUOTE ? endOfString(bytes, at) : endOfScalar(bytes, at);
          if (label && byte === QUOTE) found.add(`${label}:${decodeString(bytes, at, end, MAX_FOUND_BYTES) ?? "?"}`);
          label = undefined;
          at = end;
          expect = ", or end";
        }
        break;
      case "name":
      case "name or }": {
        if (byte !== QUOTE) throw new Refusal(at, "expected a member's name in double quotes");
        const nameStart = at;
        const nameEnd = endOfString(bytes, at);
        at = skipWhitespace(bytes, nameEnd);
        if (bytes[at] !== COLON) throw new Refusal(at, "expected ':'");
        at = skipWhitespace(bytes, at + 1);
        if (depth === 1) {
          const name = decodeString(bytes, nameStart, nameEnd, MAX_NAME_BYTES);
          if (name === undefined) throw new Refusal(nameStart, "a member's name is no valid JSON string");
          if (members.has(name)) throw new Refusal(nameStart, `the member ${JSON.stringify(name)} stands twice`);
          open = { name, start: nameStart, valueStart: at };
        }
        const kind = grammar[kinds[depth] ?? -1];
        nextKind = -1;
        label = undefined;
        if (kind) {
          const name = decodeName(bytes, nameStart, nameEnd);
          const into = name === undefined ? undefined : own(kind.into, name);
          if (into) nextKind = grammar.findIndex((candidate) => candidate.kind === into);
          if (name !== undefined) label = own(kind.collect, name);
        }
        expect = "value";
        break;
      }
      case ", or end": {
        if (depth === 1 && open) {
          members.set(open.name, { start: open.start, valueStart: open.valueStart, end: trimEnd(bytes, at) });
          open = undefined;
        }
        if (depth === 0) {
          if (at < bytes.length) throw new Refusal(at, "only white space may follow the object");
          return { ok: true, start, end: trimEnd(bytes, at), members, found };
        }
        const inObject = isObject[depth] === 1;
        if (byte === COMMA) expect = inObject ? "name" : "value";
        else if (byte === (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) depth--;
        else
          throw new Refusal(
            at,
            byte === undefined ? "the body ends too early" : `expected ',' or '${inObject ? "}" : "]"}'`,
          );
        at++;
        break;
      }
    }
  }
}

function own(table: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** A name as far as a grammar can know it; most are short and plain, and need no parser. */
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
