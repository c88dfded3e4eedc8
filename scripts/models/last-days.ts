/**
 * The day on which each side stops to serve a model, as far as it is published. Google says "not
 * before". Sources: platform.claude.com "Model deprecations" and the list of deprecated models in
 * @anthropic-ai/sdk; Google's model cards ("retirement date").
 */
export interface LastDays {
  /** YYYY-MM-DD: the first day without the model at Anthropic. */
  anthropic?: string;
  /** YYYY-MM-DD: Google does not end it before this day. */
  google?: string;
}

export const LAST_DAYS: Readonly<Record<string, LastDays>> = {
  "claude-3-5-sonnet-20241022": { anthropic: "2025-10-28" },
  "claude-sonnet-4-20250514": { anthropic: "2026-06-15" },
  "claude-opus-4-20250514": { anthropic: "2026-06-15" },
  "claude-opus-4-1-20250805": { anthropic: "2026-08-05" },
  "claude-sonnet-4-5-20250929": { anthropic: "2026-11-30" },
  "claude-opus-4-5-20251101": { anthropic: "2027-01-22" },
  "claude-opus-4-6": { google: "2027-02-05" },
  "claude-opus-4-7": { google: "2027-04-16" },
  "claude-opus-4-8": { google: "2027-05-28" },
  "claude-fable-5": { google: "2027-06-08" },
};
