/** The simulated worlds, and their figures as the tables of docs/architecture.md. */
import { type Figures, simulate, type World } from "./outage.ts";

export const SEED = 20_261_126;

/**
 * Rates, and how many of the 100 locations are simulated. Locations know nothing of each other, and
 * the figures are for one isolate, so some locations stand for all.
 */
export const RATES = [
  { rate: "1 a minute", requestsPerSecond: 1 / 60, locations: 100 },
  { rate: "6 a minute", requestsPerSecond: 0.1, locations: 20 },
  { rate: "20 a minute", requestsPerSecond: 1 / 3, locations: 10 },
  { rate: "1 a second", requestsPerSecond: 1, locations: 2 },
  { rate: "10 a second", requestsPerSecond: 10, locations: 1 },
] as const;
export const NOISES = [0, 0.001, 0.01] as const;
/** Isolates of one location, and how many such locations are simulated. */
export const SIZES = [
  { isolatesPerLocation: 1, locations: 2_000 },
  { isolatesPerLocation: 10, locations: 200 },
  { isolatesPerLocation: 100, locations: 20 },
  { isolatesPerLocation: 1_000, locations: 2 },
  { isolatesPerLocation: 5_000, locations: 1 },
] as const;

export interface Compared {
  off: Figures;
  on: Figures;
}

export function compare(world: Omit<World, "seed" | "neighbours">): Compared {
  const of = (neighbours: World["neighbours"]) => simulate({ ...world, seed: SEED, neighbours });
  return { off: of("off"), on: of("on") };
}

export function byRate({ requestsPerSecond, locations }: (typeof RATES)[number], noise: number): Compared {
  return compare({ requestsPerSecond, locations, isolatesPerLocation: 100, noise });
}

/** The rate at which the neighbours help most, with the most noise. */
export function bySize(size: (typeof SIZES)[number]): Compared & { withoutRule: Figures } {
  const world = { ...size, requestsPerSecond: 0.1, noise: 0.01 };
  return { ...compare(world), withoutRule: simulate({ ...world, seed: SEED, neighbours: "without rule" }) };
}

export const RATE_HEAD = [
  "requests of one isolate",
  "noise",
  "slowed requests",
  "probes",
  "moved without need, before",
  "moved without need, after",
  "99 % open after",
  "99 % closed after",
];

export function rateRow(rate: string, noise: number, { off, on }: Compared): string[] {
  const both = (text: (figures: Figures) => string) => `${text(off)} → ${text(on)}`;
  return [
    rate,
    percent(noise, 1),
    both(({ slowed }) => slowed.toFixed(1)),
    both(({ probes }) => probes.toFixed(1)),
    both(({ movedInCalm }) => percent(movedInCalm, 2)),
    both(({ movedAfter }) => movedAfter.toFixed(1)),
    both(({ openedMs }) => seconds(openedMs)),
    both(({ closedMs }) => seconds(closedMs)),
  ];
}

export const SIZE_HEAD = [
  "isolates in the location",
  "slowed requests",
  "moved without need, before",
  "the same without the ten seconds",
];

export function sizeRow(isolates: number, { off, on, withoutRule }: ReturnType<typeof bySize>): string[] {
  return [
    isolates.toLocaleString("en-US"),
    `${off.slowed.toFixed(1)} → ${on.slowed.toFixed(1)}`,
    `${percent(off.movedInCalm, 2)} → ${percent(on.movedInCalm, 2)}`,
    percent(withoutRule.movedInCalm, 2),
  ];
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function percent(share: number, digits: number): string {
  return `${share === 0 ? 0 : (share * 100).toFixed(digits)} %`;
}

function seconds(ms: number): string {
  return Number.isFinite(ms) ? `${Math.round(ms / 1_000)} s` : "never";
}
