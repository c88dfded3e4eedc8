/**
 * Defines every fault: its mode, its parameters and a one-line description. `npm start -- --faults`
 * prints this list. The files that act the faults out are `http/broken-*.ts`,
 * `http/early-status.ts`, `ai-gateway/api.ts` and `google-auth/faults.ts`.
 */
import { z } from "zod";
import { GATEWAY_CODES } from "../ai-gateway/errors.ts";
import { ACCOUNT_LIMIT_CODES } from "../claude/account-limits.ts";

/** The fault clears itself after this many uses. If absent, it stays. */
const times = z.int().min(1).optional();
const errorType = z.string().default("overloaded_error");
const errorStatus = z.int().min(400).max(599);
const MAX_INTERVAL_MS = 3_600_000;

const plain = <Mode extends string>(mode: Mode, description: string) =>
  z.strictObject({ mode: z.literal(mode), times }).meta({ description });

const HANG = plain("hang", "The request is accepted and never answered.");
const RESET = plain("reset", "The connection is reset before the first byte of the answer.");
const REFUSED = plain(
  "refused",
  "The gateway finds a closed port. A direct caller gets a reset, because all hosts share one port here.",
);
const STATUS = {
  mode: z.literal("status"),
  status: errorStatus,
  /** Replaces the usual text for the status. */
  message: z.string().optional(),
  times,
};

const ERRORS = [
  z
    .strictObject({
      ...STATUS,
      retryAfterS: z.int().min(0).optional(),
      /**
       * For Vertex: whether Google's front end or the model layer answers. Default: the layer that
       * usually returns this status. For Bedrock: whether the error has the form of AWS. Default: the
       * form of Anthropic.
       */
      shape: z.enum(["google", "anthropic", "aws"]).optional(),
    })
    .meta({ description: "An error status with the provider's error body." }),
  z
    .strictObject({ mode: z.literal("stalled_error"), status: errorStatus.default(529), times })
    .meta({ description: "An error status and half of its body, then silence on an open connection." }),
  z.strictObject({ mode: z.literal("early_status"), status: errorStatus.default(413), times }).meta({
    description: "An error status before the request's body has been read. The rest of the upload is discarded.",
  }),
  z
    .strictObject({
      mode: z.literal("oversized_error"),
      status: errorStatus.default(400),
      bytes: z.int().min(1).default(200_000),
      times,
    })
    .meta({ description: "An error in Anthropic's format with a body of at least this many bytes." }),
  z
    .strictObject({
      mode: z.literal("account_limit"),
      code: z.enum(ACCOUNT_LIMIT_CODES).default("enforced_spend_limit_reached"),
      times,
    })
    .meta({
      description: "An account at a limit. Anthropic names the limit by its code; Google has errors of its own.",
    }),
  z
    .strictObject({
      mode: z.literal("cloudflare_error"),
      status: z.literal([520, 521, 522, 523, 524, 525, 526, 530]).default(520),
      format: z.enum(["html", "json"]).default("html"),
      times,
    })
    .meta({ description: "An error of Cloudflare in front of the provider, as a web page or as JSON." }),
] as const;

const BREAKS = [
  z
    .strictObject({ mode: z.literal("error_event"), type: errorType, times })
    .meta({ description: "A stream that starts with an error event. JSON: a 200 with an error body." }),
  z.strictObject({ mode: z.literal("error_after_block_start"), type: errorType, times }).meta({
    description:
      "A stream with an error event after content_block_start, ended cleanly. JSON: a 200 with an error body.",
  }),
  z.strictObject({ mode: z.literal("error_event_after_content"), type: errorType, times }).meta({
    description: "A stream with an error event after some content, ended cleanly. JSON: a 200 with an error body.",
  }),
  z
    .strictObject({
      mode: z.literal("cut"),
      at: z.enum(["line", "character", "fields", "cr", "event"]).optional(),
      times,
    })
    .meta({
      description:
        "The connection breaks in the content: inside a line (the default), inside a UTF-8 character, between an " +
        "event's two lines, after the CR of a CRLF, or directly after a whole event. JSON: in the middle of the body.",
    }),
  plain("truncated", "The answer ends cleanly in the middle of the content."),
  plain("missing_blank_line", "A whole stream without its last blank line. JSON: no fault."),
  plain("stop_without_data", "A whole stream in which message_stop has no data line. JSON: no fault."),
] as const;

const SILENCES = [
  plain("silent", "A stream that starts and then stays silent. JSON: headers, then silence."),
  plain("silent_after_content", "A stream that stays silent after some content. JSON: half a body, then silence."),
  plain("no_content", "A stream of pings that never has content. JSON: half a body, then silence."),
  plain("pings_after_content", "A stream with some content, then endless pings. JSON: half a body, then silence."),
  plain("open_after_stop", "A whole answer on a connection that never closes."),
  z
    .strictObject({ mode: z.literal("slow"), intervalMs: z.int().min(1).max(MAX_INTERVAL_MS), times })
    .meta({ description: "A good answer, one event per interval. JSON: the body in four pieces." }),
] as const;

const CONTENTS = [
  z
    .strictObject({ mode: z.literal("error_body"), type: errorType, times })
    .meta({ description: "A 200 with an error body as JSON, even for a stream request." }),
  z
    .strictObject({
      mode: z.literal("not_a_message"),
      body: z.enum(["empty_object", "detail", "google_error", "list", "null"]).default("detail"),
      times,
    })
    .meta({ description: "A 200 with JSON that is not a message, even for a stream request." }),
  plain("empty", "A 200 without a body."),
  plain("html", "A 200 with a web page."),
  plain("garbage", "A 200 with the right content type and bytes that are neither JSON nor events."),
  plain("bom", "A whole answer with a UTF-8 byte order mark in front."),
  z
    .strictObject({
      mode: z.literal("content_type"),
      value: z
        .string()
        .regex(/^[ -~]+$/)
        .optional(),
      times,
    })
    .meta({ description: "A whole answer with its content type written in an unusual way." }),
] as const;

export const PROVIDER_FAULT = z.discriminatedUnion("mode", [
  HANG,
  RESET,
  REFUSED,
  ...ERRORS,
  ...BREAKS,
  ...SILENCES,
  ...CONTENTS,
]);

export const GATEWAY_FAULT = z.discriminatedUnion("mode", [
  HANG,
  RESET,
  z
    .strictObject(STATUS)
    .meta({ description: "An error from Cloudflare's edge in front of the gateway, without JSON." }),
  z
    .strictObject({ mode: z.literal("stalled_error"), status: errorStatus.default(502), times })
    .meta({ description: "An error from Cloudflare's edge: the status and half a body, then silence." }),
  z
    .strictObject({ mode: z.literal("gateway_error"), code: z.literal(GATEWAY_CODES), times })
    .meta({ description: "An error from the gateway itself, by its code." }),
]);

/** Faults of the endpoints that issue tokens. */
export const GOOGLE_FAULT = z.discriminatedUnion("mode", [
  HANG,
  RESET,
  REFUSED,
  z.strictObject(STATUS).meta({ description: "An error status in the endpoint's error format." }),
  plain("malformed", "A 200 with JSON that has no token."),
  plain("stalled", "A 200 and half a body, then silence."),
]);
