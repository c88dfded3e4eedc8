/**
 * Runs the measures one after the other and prints their table. A complete run also writes
 * RESULTS.md, for people, results.json, for the programs that compare with it, and docs/cost.md.
 */
import { parseArgs } from "node:util";
import { writeCostPage } from "./cost-page.ts";
import type { Bench, Row } from "./measure.ts";
import { MEASURES } from "./measures.ts";
import { CAN_MEASURE_PROCESSES } from "./process-usage.ts";
import { writeResults } from "./results.ts";
import { tableOf } from "./table.ts";
import { Upstream } from "./upstream.ts";
import { withWorkers } from "./workers.ts";

const QUICK_SHARE = 0.25;

const USAGE = `npm run bench -- [--quick] [--only NAME]…

  --quick      a quarter of the rounds and requests; writes no file
  --only NAME  measures that begin with this name; writes no file

${MEASURES.map(({ name, what }) => `  ${name.padEnd(20)} ${what}`).join("\n")}`;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    help: { type: "boolean", default: false },
  },
});

if (options.help) console.log(USAGE);
else if (!CAN_MEASURE_PROCESSES) fail("The measures need Linux, because they read /proc.");
else await bench();

async function bench(): Promise<void> {
  const { quick, only } = options;
  const chosen = MEASURES.filter(({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)));
  if (chosen.length === 0) return fail(`No measure begins with ${only.join(" or ")}.\n\n${USAGE}`);
  const upstream = await Upstream.start();
  const plots = new Map<string, string>();
  const context: Bench = {
    upstream,
    scaled: (full, least = 1) => (quick ? Math.max(Math.ceil(full * QUICK_SHARE), least) : full),
    plot: (file, svg) => plots.set(file, svg()),
    withWorkers: (variants, use) => withWorkers(variants, upstream.port, use),
  };
  const rows: Row[] = [];
  const failed: string[] = [];
  for (const { name, what, run } of chosen) {
    console.error(`${name}: ${what}`);
    try {
      rows.push(...(await run(context)));
    } catch (error) {
      failed.push(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  upstream.stop();
  console.log(tableOf(rows));
  if (failed.length > 0) fail(failed.join("\n"));
  else if (!quick && only.length === 0) {
    writeResults(rows, plots);
    writeCostPage();
  }
}

function fail(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
