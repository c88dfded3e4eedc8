import { expect, it } from "vitest";
import { runLoad } from "./load.ts";
import { rateLine } from "./rows.ts";

const { signal: never } = new AbortController();
const hang = () => new Promise<void>(() => undefined);

it("sends at its rate although nothing is answered, up to its bound, and counts what it leaves out", async () => {
  const stop = new AbortController();
  let sent = 0;
  const running = runLoad(
    { count: 30, ratePerSecond: 1_000, maxInFlight: 10 },
    () => {
      sent++;
      return hang();
    },
    stop.signal,
  );
  await expect.poll(() => sent).toBe(10);
  setTimeout(() => stop.abort(), 100);

  const result = await running;

  expect(result).toMatchObject({ sent: 10, leftOut: 20, abandoned: 10 });
  expect(rateLine(result, 1_000)).toMatch(
    /^The rate was not reached: .* instead of 1000 requests a second: 20 were left out, because too many were under way\.$/,
  );
});

it("waits for the last answers, and says that the rate was reached", async () => {
  let answered = 0;

  const result = await runLoad(
    { count: 20, ratePerSecond: 100, maxInFlight: 20 },
    async () => {
      await new Promise(setImmediate);
      answered++;
    },
    never,
  );

  expect(result).toMatchObject({ sent: 20, leftOut: 0, abandoned: 0 });
  expect(answered).toBe(20);
  expect(result.sendingMs).toBeGreaterThanOrEqual(185);
});

it("stops at once, and gives up what is under way", async () => {
  const stop = new AbortController();

  const result = await runLoad(
    { count: 1_000, ratePerSecond: 1, maxInFlight: 10 },
    () => {
      stop.abort();
      return hang();
    },
    stop.signal,
  );

  expect(result).toMatchObject({ sent: 1, abandoned: 1 });
});

it.each([
  [{ sent: 101, leftOut: 0, sendingMs: 5_000, abandoned: 0 }, "The rate of 20 requests a second was reached."],
  [
    { sent: 51, leftOut: 0, sendingMs: 5_000, abandoned: 0 },
    "The rate was not reached: 10.0 instead of 20 requests a second.",
  ],
])("says whether the rate was reached: %j", (result, line) => {
  expect(rateLine(result, 20)).toBe(line);
});
