/**
 * If the program's look-ups at Cloudflare fail, a preview and an `up` soon succeed, or end with one
 * line.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAILURES, type Failure, failingCloudflare } from "../program/failing-cloudflare.ts";
import { describeEngine, Engine, REQUIRED, settings } from "./engine.ts";

const MAX_MS = 20_000;

/** With these answers the program knows whether a name is free. */
const CONCLUSIVE = ["404", "200 without a result"];

describeEngine("with look-ups that fail", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.start();
    await engine.addStack("standing");
    const up = await engine.up("standing", "--skip-preview", ...settings(REQUIRED));
    expect(up.exitCode, up.output).toBe(0);
  }, 60_000);
  afterAll(() => engine?.stop());

  describe.each(FAILURES)("$what", (failure) => {
    it("a preview succeeds, without the URL", async () => {
      const run = await timed(failure, () => engine.preview("standing"));

      expect(run.exitCode, run.output).toBe(0);
      expect(run.output).toMatch(/The URL is not known: .*pulumi config set workersSubdomain NAME/);
    });

    it("an up succeeds, without the URL and with the tokens", async () => {
      const run = await timed(failure, () => engine.up("standing", "--skip-preview"));

      expect(run.exitCode, run.output).toBe(0);
      expect(Object.keys(await engine.clientTokens("standing"))).toEqual(["default"]);
    });
  });

  // Without the Worker's id, Access cannot protect workers.dev. So an `up` stops.
  it("Access without a domain: the preview succeeds with a warning, and the up ends with the reason", async () => {
    const [failure] = FAILURES.filter(({ what }) => what === "403");
    if (!failure) throw new Error("no such failure");
    const gated = settings({ access: { emailDomains: ["example.com"] } });

    const preview = await timed(failure, () => engine.preview("standing", ...gated));
    const run = await timed(failure, () => engine.up("standing", "--skip-preview", ...gated));

    expect(preview.exitCode, preview.output).toBe(0);
    expect(preview.output).toMatch(/The Worker's id is not known in this preview: Cloudflare answered 403/);
    expect(run.exitCode).not.toBe(0);
    expect(run.output).toMatch(/Access cannot protect the Worker at workers\.dev, because its id is not known: /);
    const healed = await engine.up("standing", "--skip-preview");
    expect(healed.exitCode, healed.output).toBe(0);
    expect(engine.account.accessApplications.size).toBe(1);
    await engine.unset("standing", "access");
  });

  // If the program does not know whether a name is free, it could overwrite another Worker. So it
  // stops.
  it.each(FAILURES.filter(({ what }) => !CONCLUSIVE.includes(what)))(
    "the first up of a stack ends with one line if Cloudflare sends $what",
    async (failure) => {
      const stack = `new${FAILURES.indexOf(failure)}`;
      await engine.addStack(stack);

      const run = await timed(failure, () => engine.up(stack, "--skip-preview", ...settings(REQUIRED)));

      expect(run.exitCode).not.toBe(0);
      expect(run.output).toMatch(/The gateway \S+ was not created, because it is not known whether the name is free/);
      expect(run.output).not.toMatch(/\n\s+at |UnhandledPromise/);
      const healed = await engine.up(stack, "--skip-preview");
      expect(healed.exitCode, healed.output).toBe(0);
    },
  );

  async function timed<Result>(failure: Failure, run: () => Promise<Result>): Promise<Result> {
    const cloudflare = await failingCloudflare(failure);
    const startedMs = performance.now();
    try {
      return await engine.exporting({ CLOUDFLARE_BASE_URL: cloudflare.url }, run);
    } finally {
      cloudflare.close();
      expect(performance.now() - startedMs).toBeLessThan(MAX_MS);
    }
  }
});
