/** Which points a run looks at: `--only` and `--skip` have the page's numbers. */
import { InvalidArgumentError } from "commander";
import type { Options } from "../command/command.ts";
import { Failure } from "../command/failure.ts";
import { POINTS, type Point } from "./points.ts";

/** @throws {Failure} for a number that the page does not have */
export function choosePoints({ only, skip }: Options): Point[] {
  const wanted = Array.isArray(only) ? only.map(Number) : POINTS.map(({ number }) => number);
  const unwanted = Array.isArray(skip) ? skip.map(Number) : [];
  const unknown = [...wanted, ...unwanted].find((number) => !POINTS.some((point) => point.number === number));
  if (unknown !== undefined) throw new Failure("usage", `there is no point ${unknown}`, "npm run verify -- --list");
  const chosen = POINTS.filter(({ number }) => wanted.includes(number) && !unwanted.includes(number));
  if (chosen.length === 0) throw new Failure("usage", "--skip leaves no point", "npm run verify -- --list");
  return chosen;
}

/** For commander: `1,2,13`. @throws {InvalidArgumentError} */
export function toNumbers(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (parts.every((part) => /^[1-9]\d*$/.test(part))) return parts;
  throw new InvalidArgumentError("points are numbers with commas between them, such as 1,2,13.");
}
