/** What a measure is, what it gets, and what it returns. */

import { differences, type Interval, interval, median, ratios } from "./statistics.ts";
import type { Upstream } from "./upstream.ts";
import type { Variant } from "./variants.ts";
import type { Workers } from "./workers.ts";

export interface Bench {
  upstream: Upstream;
  /** @returns the number, or a fraction of it in a quick run */
  scaled(full: number, least?: number): number;
  /** Keeps a plot. It is written by a complete run. */
  plot(file: string, svg: () => string): void;
  /** Starts one workerd for each variant, and stops them after `use`. */
  withWorkers<T>(variants: readonly Variant[], use: (workers: Workers) => Promise<T>): Promise<T>;
}

export interface Measure {
  /** For `--only`. */
  name: string;
  /** What it measures, for `--help`. */
  what: string;
  run(bench: Bench): Promise<readonly Row[]>;
}

/** A line of the table. */
export interface Row {
  /** For programs that read the results, such as `cpu-1kb-c8 universal`. */
  key: string;
  what: string;
  /** The figures of the baseline and of ours, with their units. */
  baseline: string;
  ours: string;
  /** Ours without its unit. */
  value: number;
  comparison?: Comparison;
  /** What issue or design asks for. */
  reach?: string;
}

export interface Comparison extends Interval {
  kind: "ratio" | "difference";
  unit: string;
}

export interface Compared {
  /** The name of the measure. */
  name: string;
  what: string;
  variant: string;
  values: readonly number[];
  base: { name: string; values: readonly number[] };
  /** How the figures are printed. */
  format: (value: number) => string;
  reach?: string | undefined;
}

export function ratioRow(compared: Compared): Row {
  const comparison = { kind: "ratio" as const, unit: "×", ...interval(ratios(compared.values, compared.base.values)) };
  return row(compared, comparison);
}

export function differenceRow(compared: Compared, unit: string): Row {
  const comparison = {
    kind: "difference" as const,
    unit,
    ...interval(differences(compared.values, compared.base.values)),
  };
  return row(compared, comparison);
}

function row({ name, what, variant, values, base, format, reach }: Compared, comparison: Comparison): Row {
  return {
    key: `${name} ${variant}`,
    what: `${what}, ${variant}`,
    baseline: `${base.name} ${format(median(base.values))}`,
    ours: format(median(values)),
    value: median(values),
    comparison,
    ...(reach === undefined ? {} : { reach }),
  };
}

/** @returns the values of one variant */
export function of<Value>(samples: Readonly<Record<string, Value[]>>, name: string): Value[] {
  const values = samples[name];
  if (!values) throw new Error(`there is no variant ${name}`);
  return values;
}
