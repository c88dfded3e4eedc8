/** Random numbers for a simulation. */
import { seededRandom } from "../support/seeded-random.ts";

export class Random {
  /** @returns a number from 0 to less than 1 */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed);
  }

  /** @returns the time until the next of events that happen by chance */
  waitMs(perSecond: number): number {
    return (-Math.log(1 - this.next()) / perSecond) * 1_000;
  }
}
