/**
 * Until when each side serves a model, as far as it is published, and where that was read.
 * Anthropic's days stand in the Worker's table, because the Worker needs them. Google's days are
 * only here. Google says "not sooner than", so its day is the end of a promise.
 */
import { findModel } from "../../worker/models.ts";

export interface LastDays {
  /** YYYY-MM-DD: the first day without the model at Anthropic. */
  anthropic?: string;
  /** YYYY-MM-DD: Google does not end it before this day. */
  google?: string;
}

const DEPRECATIONS = "https://platform.claude.com/docs/en/about-claude/model-deprecations";
const CARDS = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/partner-models/claude";
/** The SDK's own list of deprecated models. */
const sdk = (version: string) => `@anthropic-ai/sdk ${version}, internal/data/deprecated-models`;

/** Where the days of the Worker's table were read, by Anthropic's ids. */
export const ANTHROPIC_SOURCES: Readonly<Record<string, string>> = {
  "claude-3-5-sonnet-20241022": DEPRECATIONS,
  "claude-sonnet-4-20250514": DEPRECATIONS,
  "claude-opus-4-20250514": DEPRECATIONS,
  "claude-mythos-preview": sdk("1.12.0"),
  "claude-opus-4-1-20250805": DEPRECATIONS,
  "claude-sonnet-4-5-20250929": sdk("1.12.0"),
  "claude-opus-4-5-20251101": sdk("1.13.0"),
};

/** By Anthropic's ids. A model that is missing here has no date that was found. */
export const GOOGLE_LAST_DAYS: Readonly<Record<string, { day: string; source: string }>> = {
  "claude-opus-4-6": { day: "2027-02-05", source: `${CARDS}/opus-4-6` },
  "claude-opus-4-7": { day: "2027-04-16", source: `${CARDS}/opus-4-7` },
  "claude-opus-4-8": { day: "2027-05-28", source: `${CARDS}/opus-4-8` },
  "claude-fable-5": { day: "2027-06-08", source: `${CARDS}/fable-5` },
  "claude-sonnet-5-5": { day: "2027-09-28", source: `${CARDS}/sonnet-5-5` },
};

const DAY_MS = 24 * 3_600_000;
/**
 * A model that ends within so many days is worth a warning. Anthropic announces ends 60 days
 * before.
 */
export const SOON_DAYS = 90;

/** @param id Anthropic's */
export function lastDaysOf(id: string): LastDays {
  const anthropic = findModel(id, {})?.anthropicEnds;
  const google = Object.hasOwn(GOOGLE_LAST_DAYS, id) ? GOOGLE_LAST_DAYS[id]?.day : undefined;
  return { ...(anthropic && { anthropic }), ...(google && { google }) };
}

/** Whether a side has ended the model, or ends it soon. */
export function endsSoon({ anthropic, google }: LastDays, nowMs: number): boolean {
  return isSoon(anthropic, nowMs) || isSoon(google, nowMs);
}

/** @returns what ends soon, such as `Anthropic ends it on 2026-11-30`; empty: nothing does */
export function endings({ anthropic, google }: LastDays, nowMs: number): string {
  const verb = anthropic !== undefined && Date.parse(anthropic) <= nowMs ? "ended" : "ends";
  return [
    ...(isSoon(anthropic, nowMs) ? [`Anthropic ${verb} it on ${anthropic}`] : []),
    ...(isSoon(google, nowMs) ? [`Google promises it until ${google}`] : []),
  ].join(", ");
}

function isSoon(day: string | undefined, nowMs: number): boolean {
  return day !== undefined && Date.parse(day) - nowMs <= SOON_DAYS * DAY_MS;
}
