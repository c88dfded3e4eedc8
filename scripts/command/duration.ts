/** Durations as they are typed: `90s`, `10m`, `1h`, `7d`. */
import { InvalidArgumentError } from "commander";

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(?<count>\d+(?:\.\d+)?)(?<unit>[smhd])$/;

/** For commander's options. @throws {InvalidArgumentError} */
export function toMilliseconds(text: string): number {
  const { count, unit } = DURATION.exec(text)?.groups ?? {};
  if (count === undefined || unit === undefined)
    throw new InvalidArgumentError("a duration is written like 90s, 10m, 1h or 7d.");
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
