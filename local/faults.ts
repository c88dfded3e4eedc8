/**
 * Ways in which a target can fail, set while the local cloud runs. A fault is data: each host asks for the one that is set for
 * it and acts it out (`broken-answer.ts`, `ai-gateway.ts`, `google-auth.ts`), so that each fails the way it really does.
 */
import { z } from "zod";
import { GATEWAY_CODES } from "./gateway-errors.ts";

/** After so many uses the fault clears itself; absent: it stays. */
const times = z.int().min(1).optional();
const errorType = z.string().default("overloaded_error");
const status = {
  mode: z.literal("status"),
  status: z.int().min(400).max(599),
  /** In place of the usual text for that status. */
  message: z.string().optional(),
  times,
};
const plain = <Mode extends string>(mode: Mode) => z.strictObject({ mode: z.literal(mode), times });

/** The request is taken and never answered. */
const HANG = plain("hang");
/** The connection is reset before a byte is answered. */
const RESET = plain("reset");
/** Nobody listens: the gateway meets a closed port. Whoever calls directly meets a reset, for here every host shares a port. */
const REFUSED = plain("refused");

const PROVIDER_FAULT = z.discriminatedUnion("mode", [
  HANG,
  RESET,
  REFUSED,
  /** An error status with the provider's error body. */
  z.strictObject({
    ...status,
    retryAfterS: z.int().min(0).optional(),
    /** At Vertex: whether Google's front end makes the error or the model layer. Absent: who usually does, by its status. */
    shape: z.enum(["google", "anthropic"]).optional(),
  }),
  /** A 200 whose stream begins with an error event; without streaming, a 200 with an error body. */
  z.strictObject({ mode: z.literal("error_event"), type: errorType, times }),
  /** A stream with an error event behind some content, ended cleanly; without streaming, a 200 with an error body. */
  z.strictObject({ mode: z.literal("error_event_after_content"), type: errorType, times }),
  /** A 200 with an error body as JSON, even where a stream was asked for. */
  z.strictObject({ mode: z.literal("error_body"), type: errorType, times }),
  /** The connection breaks in the middle of the content. */
  plain("cut"),
  /** The answer ends cleanly in the middle of the content. */
  plain("truncated"),
  /** A 200 without a body. */
  plain("empty"),
  /** A 200 with a web page. */
  plain("html"),
  /** A 200 of the right content type whose bytes are neither JSON nor events. */
  plain("garbage"),
  /** A stream of pings that never has content; without streaming, half a body and then silence. */
  plain("no_content"),
  /** A stream that begins and then stays silent; without streaming, headers and then silence. */
  plain("silent"),
]);

const GATEWAY_FAULT = z.discriminatedUnion("mode", [
  HANG,
  RESET,
  /** Cloudflare's edge in front of the gateway: a plain body, no JSON. */
  z.strictObject(status),
  /** An error of the gateway's own. */
  z.strictObject({ mode: z.literal("gateway_error"), code: z.literal(GATEWAY_CODES), times }),
]);

/** Of the endpoints that issue tokens. */
const GOOGLE_FAULT = z.discriminatedUnion("mode", [HANG, RESET, REFUSED, z.strictObject(status)]);

const SCHEMAS = {
  anthropic: PROVIDER_FAULT,
  vertex: PROVIDER_FAULT,
  gateway: GATEWAY_FAULT,
  google: GOOGLE_FAULT,
} as const;

type TargetKind = keyof typeof SCHEMAS;
type FaultOf = { [Kind in TargetKind]: z.output<(typeof SCHEMAS)[Kind]> };

export type ProviderFault = FaultOf["anthropic"];
export type Fault = FaultOf[TargetKind];

/** `anthropic`, `gateway`, `google`, `vertex` (every location) or `vertex/<location>`. */
export const FAULT_TARGET = /^(anthropic|gateway|google|vertex(\/[a-z0-9-]+)?)$/;

export class Faults {
  readonly #set = new Map<string, Fault>();

  /** @throws {z.ZodError} where the target cannot fail in that way. */
  set(target: string, fault: Fault): void {
    this.#set.set(target, SCHEMAS[kindOf(target)].parse(fault));
  }

  /** Without a target: all of them. */
  clear(target?: string): void {
    if (target === undefined) this.#set.clear();
    else this.#set.delete(target);
  }

  /** What the next request will meet: the narrower target's first. */
  of(target: string): Fault | undefined {
    return this.#set.get(target) ?? this.#set.get(kindOf(target));
  }

  /** The fault that this request meets; one use of it is spent. */
  take<Kind extends TargetKind>(kind: Kind, location?: string): FaultOf[Kind] | undefined {
    const narrow = `${kind}/${location}`;
    const target = this.#set.has(narrow) ? narrow : kind;
    const fault = this.#set.get(target) as FaultOf[Kind] | undefined; // `set` has parsed it for this kind of target
    if (fault?.times === 1) this.#set.delete(target);
    else if (fault?.times) this.#set.set(target, { ...fault, times: fault.times - 1 });
    return fault;
  }

  /** `times` are the uses left. */
  list(): Record<string, Fault> {
    return Object.fromEntries(this.#set);
  }
}

function kindOf(target: string): TargetKind {
  if (!FAULT_TARGET.test(target)) throw new Error(`${target} is no target of a fault.`);
  return target.split("/")[0] as TargetKind; // the expression above allows no other
}
