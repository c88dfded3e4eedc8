/**
 * Keeps a conversation on the target that has its prompt cache. A switch of target rebuilds the
 * cache at full price, so a target that served the last turn is asked first again.
 *
 * Two things tell who served the last turn. The newest tool id in the body works in every isolate.
 * The isolate's memory also knows turns without tools, and the location. If they differ, the tool
 * id wins if it is newer than the remembered turn, because then another isolate has served a turn
 * since.
 *
 * A turn is remembered when its answer is whole, and forgotten when its target fails. A caller that
 * leaves changes nothing. A conversation is known by its first text and by the caller's session, if
 * the caller names one. The memory has only what the body does not tell, so it is empty while the
 * chain's first target answers.
 *
 * Accepted: a tool id has no age, so a conversation with tools stays on its target also after the
 * cache has expired. A caller can write a tool id of another provider into its body. That changes
 * only the order of the caller's own request, among the targets that the request has anyway.
 */
import { utf8 } from "../bytes.ts";
import type { Stickiness } from "../options.ts";
import type { RequestBody } from "../request/body.ts";
import { OPENING_TEXT } from "../request/request-grammar.ts";
import type { BodyEnd } from "../response/relay.ts";
import { type Target, targetName } from "../targets/target.ts";
import type { ConversationMemory, LastTurn } from "./conversation-memory.ts";
import { textHash } from "./text-hash.ts";
import { newestToolId, type ToolId } from "./tool-ids.ts";

/** The life of a prompt cache with `ttl: "1h"`. A cache without `ttl` lives for five minutes. */
const LONG_CACHE_MS = 3_600_000;
/** How much of the first text is hashed. */
const MAX_OPENING_BYTES = 4 * 1024;

/** What has told which target served the last turn: a word for `x-failover-sticky`. */
export type StickyReason = "tool_id" | "memory";

export interface Preference {
  target: Target;
  reason: StickyReason;
}

export interface TurnOf {
  client: string;
  /** An id from the table of models. Each model has its own prompt cache. */
  model: string;
  body: RequestBody;
  /** The caller's name for its session. */
  session: string | undefined;
  /** The targets of the request in the order of the chain. */
  targets: readonly Target[];
}

export class Turn {
  readonly #of: TurnOf;
  readonly #memory: ConversationMemory | undefined;
  readonly #maxAgeMs: number;
  readonly #toolId: ToolId | undefined;
  /** The conversation's key in the memory. It is calculated only if it is needed. */
  #key: string | undefined;
  /** Set if the answer changes the memory. `isTold` means that the body tells the target's provider. */
  #answeredBy: { target: string; isTold: boolean } | undefined;

  /** @param memory undefined if only the body may tell who served the last turn */
  constructor(of: TurnOf, memory: ConversationMemory | undefined, { maxAgeMs }: Pick<Stickiness, "maxAgeMs">) {
    this.#of = of;
    this.#memory = memory;
    this.#maxAgeMs = of.body.features.has("cache_ttl:1h") ? LONG_CACHE_MS : maxAgeMs;
    this.#toolId = newestToolId(of.body);
  }

  /** @returns the target that should be asked first; undefined if nothing tells it */
  preferred(nowMs: number): Preference | undefined {
    const { body, targets } = this.#of;
    // A request without an earlier answer has no cache of its own.
    if (!body.features.has("role:assistant")) return undefined;
    const last = this.#lastTurn(nowMs);
    const remembered = last && targets.find((target) => targetName(target) === last.target);
    if (remembered && !this.#isOlder(last, remembered)) return { target: remembered, reason: "memory" };
    const target = this.#toldByToolId();
    return target && { target, reason: "tool_id" };
  }

  /**
   * Called when a target begins to answer. It takes from the body what `whole` needs, because the
   * body is gone when a stream has ended.
   */
  answered(by: Target): void {
    if (!this.#memory) return;
    const isTold = (this.#toldByToolId() ?? this.#of.targets[0]) === by;
    if (isTold && this.#memory.isEmpty(this.#of.client)) return;
    this.#key ??= this.#makeKey();
    this.#answeredBy = { target: targetName(by), isTold };
  }

  /** Called when the answer is whole. */
  whole(nowMs: number): void {
    const { client } = this.#of;
    if (!this.#memory || !this.#answeredBy || this.#key === undefined) return;
    const { target, isTold } = this.#answeredBy;
    if (isTold) this.#memory.forget(client, this.#key);
    else {
      const turn = { target, toolId: this.#toolId?.id, expiresAtMs: nowMs + this.#maxAgeMs };
      this.#memory.set(client, this.#key, turn);
    }
  }

  /** Called when the answer's body has ended. */
  ended({ kind }: BodyEnd, nowMs: number): void {
    switch (kind) {
      case "complete":
        return this.whole(nowMs);
      case "error":
      case "cut":
      case "idle":
        return this.failed(this.#answeredBy ? [this.#answeredBy.target] : [], nowMs);
      case "client_left":
      case "client_stalled":
        return;
    }
  }

  /** Forgets who served the last turn if it is one of these targets, which have failed. */
  failed(names: readonly string[], nowMs: number): void {
    // Without a key nothing was looked up, so nothing is remembered.
    if (!this.#memory || this.#key === undefined) return;
    const last = this.#memory.get(this.#of.client, this.#key, nowMs);
    if (last && names.includes(last.target)) this.#memory.forget(this.#of.client, this.#key);
  }

  #lastTurn(nowMs: number): LastTurn | undefined {
    const { client } = this.#of;
    if (!this.#memory || this.#memory.isEmpty(client)) return undefined;
    this.#key ??= this.#makeKey();
    return this.#memory.get(client, this.#key, nowMs);
  }

  /** Whether another isolate has served a turn after the remembered one. */
  #isOlder({ toolId }: LastTurn, remembered: Target): boolean {
    const newest = this.#toolId;
    return newest !== undefined && newest.id !== toolId && newest.provider !== remembered.kind;
  }

  #toldByToolId(): Target | undefined {
    return this.#toolId && this.#of.targets.find(({ kind }) => kind === this.#toolId?.provider);
  }

  #makeKey(): string {
    const { model, session = "", body } = this.#of;
    const { start, end } = body.marks.get(OPENING_TEXT) ?? { start: 0, end: 0 };
    const opening = body.bytes.subarray(start, Math.min(end, start + MAX_OPENING_BYTES));
    return `${model} ${textHash(utf8(session))} ${textHash(opening)}`;
  }
}
