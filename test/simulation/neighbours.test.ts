/**
 * What a breaker that knows its neighbours changes in an outage. Writes the tables of
 * docs/architecture.md: `npx vitest run test/simulation -u`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  byRate,
  bySize,
  markdownTable,
  NOISES,
  RATE_HEAD,
  RATES,
  rateRow,
  SEED,
  SIZE_HEAD,
  SIZES,
  sizeRow,
} from "./tables.ts";

const PAGE = join(import.meta.dirname, "../../docs/architecture.md");
/** A machine with much other work needs some multiple of a second for a row. */
const LIMIT_MS = 120_000;

const rateRows: string[][] = [];
const sizeRows: string[][] = [];

describe(`in a simulated outage (seed ${SEED})`, () => {
  it.each(RATES)("isolates with $rate are slowed at most as often as alone", { timeout: LIMIT_MS }, (rate) => {
    for (const noise of NOISES) {
      const compared = byRate(rate, noise);
      rateRows.push(rateRow(rate.rate, noise, compared));
      // The two runs draw other random numbers, so equal figures differ a little.
      expect(compared.on.slowed).toBeLessThan(compared.off.slowed * 1.02);
      expect(compared.on.movedInCalm).toBeLessThan(0.001);
    }
  });

  it.each(SIZES)("of $isolatesPerLocation isolates a location", { timeout: LIMIT_MS }, (size) => {
    const figures = bySize(size);
    sizeRows.push(sizeRow(size.isolatesPerLocation, figures));

    // Noise fails 1 % of the requests, and moves fewer.
    expect(figures.on.movedInCalm).toBeLessThan(0.01);
    expect(figures.on.movedInCalm).toBeLessThanOrEqual(figures.withoutRule.movedInCalm);
    if (size.isolatesPerLocation === 1) expect(figures.on.slowed).toBeCloseTo(figures.off.slowed, 1);
    else expect(figures.on.slowed).toBeLessThan(figures.off.slowed * 0.75);
  });
});

it("docs/architecture.md has the tables", async () => {
  const tables = { rates: markdownTable(RATE_HEAD, rateRows), sizes: markdownTable(SIZE_HEAD, sizeRows) };
  let page = readFileSync(PAGE, "utf8");
  for (const [name, table] of Object.entries(tables)) page = withTable(page, name, table);
  await expect(page).toMatchFileSnapshot(PAGE);
});

/** @returns the page with this table between the two comments of that name */
function withTable(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- simulation: ${name} -->\n`, "\n<!-- end of simulation -->"];
  const from = page.indexOf(begin) + begin.length;
  if (from < begin.length) throw new Error(`docs/architecture.md has no place for the table ${name}`);
  return page.slice(0, from) + table + page.slice(page.indexOf(end, from));
}
