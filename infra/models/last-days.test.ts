import { describe, expect, it } from "vitest";
import { MODELS } from "../../worker/models.ts";
import { ANTHROPIC_SOURCES, endings, endsSoon, GOOGLE_LAST_DAYS, lastDaysOf } from "./last-days.ts";

const IDS = MODELS.map(({ id }) => id);

describe("a last day", () => {
  it("of the Worker's table has a source, and there are no other sources", () => {
    const ended = MODELS.filter(({ anthropicEnds }) => anthropicEnds !== undefined).map(({ id }) => id);

    expect(Object.keys(ANTHROPIC_SOURCES).toSorted()).toEqual(ended.toSorted());
  });

  it.each(Object.entries(GOOGLE_LAST_DAYS))("at Google is a day, with a source: %s", (id, { day, source }) => {
    expect(IDS).toContain(id);
    expect(new Date(day).toISOString().slice(0, 10)).toBe(day);
    expect(source).toMatch(/^https:\/\/docs\.cloud\.google\.com\//);
  });

  it.each([
    ["claude-opus-4-5-20251101", { anthropic: "2027-01-22" }],
    ["claude-opus-4-6", { google: "2027-02-05" }],
    ["claude-sonnet-4-6", {}],
    ["constructor", {}],
  ])("is found by Anthropic's id: %s", (id, expected) => {
    expect(lastDaysOf(id)).toEqual(expected);
  });
});

describe("an end", () => {
  const both = { anthropic: "2027-01-22", google: "2027-02-05" };

  it.each([
    ["2026-10-23T23:59:59Z", ""],
    ["2026-10-24T00:00:00Z", "Anthropic ends it on 2027-01-22"],
    ["2026-11-07T00:00:00Z", "Anthropic ends it on 2027-01-22, Google promises it until 2027-02-05"],
    ["2027-01-22T00:00:00Z", "Anthropic ended it on 2027-01-22, Google promises it until 2027-02-05"],
  ])("is said from 90 days before, on either side: %s", (now, expected) => {
    expect(endings(both, Date.parse(now))).toBe(expected);
    expect(endsSoon(both, Date.parse(now))).toBe(expected !== "");
  });
});
