/**
 * What every rotation does: shows a step before it is done, runs `pulumi up`, waits until the newest
 * upload answers everywhere, and makes sure that nobody uses the old secret.
 */
import { setTimeout as delay } from "node:timers/promises";
import { cloudflareNames } from "../calls/deployment.ts";
import { requireValue } from "../clouds/api-client.ts";
import { WorkerLog } from "../clouds/worker-log.ts";
import { deployedVersions } from "../clouds/worker-versions.ts";
import type { Session } from "../command/command.ts";
import { Failure } from "../command/failure.ts";
import type { PreviousUse } from "./secret.ts";
import { untilSettled } from "./settled.ts";
import { usesOfPrevious } from "./usage.ts";

/** A version that answered a minute ago may still answer. */
const MAX_VERSION_QUIET_MS = 60_000;

export interface RotateOptions {
  /** As it was typed. */
  secret: string;
  /** Nobody must have used the old secret for so long. */
  quietMs: number;
  /** Do each step without asking. */
  yes: boolean;
  /** Start another rotation, though the last one has just ended. */
  again: boolean;
}

export interface OldSecret {
  use: PreviousUse;
  /** When the new secret was made, in milliseconds since the epoch. */
  newMadeMs: number;
  /** What to do if the old secret is still used. */
  cure: string;
}

export class Walk {
  readonly session: Session;
  readonly options: RotateOptions;
  /** The steps that were done. */
  readonly done: string[] = [];

  constructor(session: Session, options: RotateOptions) {
    this.session = session;
    this.options = options;
  }

  /** @throws {Failure} if the step is not wanted */
  async step(what: string, act: () => Promise<void>): Promise<void> {
    const { output, signal } = this.session;
    const { secret, yes } = this.options;
    output.say(`${output.color.cyan("→")} ${what}`);
    if (!(await output.confirm("Do it?", { yes, flag: "--yes" }))) {
      throw new Failure(
        "problem",
        `stopped before this step: ${what}`,
        `npm run rotate -- ${secret} goes on from here`,
      );
    }
    await act();
    this.done.push(what);
    signal.throwIfAborted();
  }

  async up(): Promise<void> {
    const { stack, output } = this.session;
    await stack.up((line) => output.say(output.color.dim(`  ${line}`)));
  }

  /** Waits until the newest upload answers everywhere, so that the new secret is accepted. */
  async settle(): Promise<void> {
    const { stack, output, signal } = this.session;
    const at = await cloudflareNames(stack);
    const outputs = await stack.outputs();
    if (outputs?.url === undefined) {
      throw new Failure("unknown", "the stack's url is not known", "pulumi config set workersSubdomain NAME");
    }
    const [version] = requireValue(await deployedVersions(stack.clouds.cloudflare, at), "the Worker's version");
    if (!version) throw new Failure("unknown", "the stack has no Worker", "pulumi up");
    await untilSettled({
      url: outputs.url,
      version: version.id,
      log: new WorkerLog(stack.clouds.cloudflare, at),
      quietMs: Math.min(this.options.quietMs, MAX_VERSION_QUIET_MS),
      signal,
      onProgress: (text) => output.progress(`  ${text}`),
    });
  }

  /** @throws {Failure} if the old secret is still used */
  async requireUnused({ use, newMadeMs, cure }: OldSecret): Promise<void> {
    const { stack, output, signal } = this.session;
    const { quietMs } = this.options;
    const leftMs = () => newMadeMs + quietMs - Date.now();
    while (leftMs() > 0) {
      output.progress(`  the new secret is young: ${Math.ceil(leftMs() / 1_000)} s more`);
      await delay(Math.min(1_000, leftMs()), undefined, { signal });
    }
    const log = new WorkerLog(stack.clouds.cloudflare, await cloudflareNames(stack));
    const { requests, clients } = await usesOfPrevious(log, use, Date.now() - quietMs);
    if (requests === 0) return;
    const who = `${requests} requests of ${clients.join(", ")} within ${quietMs / 1_000} s`;
    throw new Failure("problem", `the old secret is still used: ${who}`, cure);
  }
}
