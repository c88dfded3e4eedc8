/**
 * Reads the gateway's log during a run and after it, so that a run that Ctrl-C ends has its proof as
 * far as it came. Entries may come late: after the run the log is read again until every answer has
 * its calls, for a limited time.
 */
import { type GatewayLog, targetOf } from "../clouds/gateway-log.ts";
import { MAX_LINES, type WorkerLog } from "../clouds/worker-log.ts";
import { pause } from "../command/pause.ts";
import { RunEntries, type Sample, servedAnswer } from "./sample.ts";

/** How far this machine's clock may be from Cloudflare's. */
const CLOCK_MARGIN_MS = 60_000;
/** Entries may be written in another order than they are dated. */
const OVERLAP_MS = 5_000;
const READ_EVERY_MS = 3_000;
const POLL_EVERY_MS = 1_000;

export interface RunLogOptions {
  gatewayLog: GatewayLog;
  workerLog: WorkerLog;
  client: string;
  target: string;
  /** How long entries are waited for after the run. */
  waitMs: number;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

export class RunLog {
  readonly entries = new RunEntries();
  /** Why the log could not be read the last time; undefined: it could. */
  problem: string | undefined;
  readonly #options: RunLogOptions;
  readonly #startedMs = Date.now();
  #readToMs: number | undefined;

  constructor(options: RunLogOptions) {
    this.#options = options;
  }

  /** Reads until `stop`. @param oldestUnderWayMs when the oldest request that has no answer yet was sent */
  async follow(stop: AbortSignal, oldestUnderWayMs: () => number): Promise<void> {
    for (;;) {
      await pause(READ_EVERY_MS, stop);
      if (stop.aborted) return;
      // A call under way has no tokens and no cost yet.
      await this.#read(Math.min(this.#nextMs, oldestUnderWayMs() - OVERLAP_MS));
    }
  }

  /** Reads after the run, until every served answer has its calls or the time is over. */
  async complete(samples: readonly Sample[], onWait: (missing: number) => void): Promise<void> {
    const { signal, waitMs } = this.#options;
    const untilMs = Date.now() + waitMs;
    await this.#read(this.#nextMs);
    for (let missing = this.#missing(samples); missing.length > 0; missing = this.#missing(samples)) {
      if (signal.aborted || Date.now() > untilMs) return;
      onWait(missing.length);
      const firstMs = Math.min(...missing.map(({ startedMs }) => startedMs));
      await this.#readAnswerIds(firstMs);
      await this.#read(firstMs - CLOCK_MARGIN_MS);
      if (this.#missing(samples).length > 0) await pause(POLL_EVERY_MS, signal);
    }
  }

  /** By Cloudflare's clock, as far as it is known. */
  get #nextMs(): number {
    return this.#readToMs === undefined ? this.#startedMs - CLOCK_MARGIN_MS : this.#readToMs - OVERLAP_MS;
  }

  #missing(samples: readonly Sample[]): Sample[] {
    const { target } = this.#options;
    const entries = this.entries.bySample(samples);
    return samples.filter((sample) => {
      const served = servedAnswer(sample);
      if (!served) return false;
      const calls = entries.get(sample) ?? [];
      const wasAsked = served.attempts.some(isAsked(target));
      const hasAnswer = calls.some(({ isSuccess }) => isSuccess);
      return !hasAnswer || (sample.isDrilled && wasAsked && !calls.some((entry) => targetOf(entry) === target));
    });
  }

  async #read(fromMs: number): Promise<void> {
    const { gatewayLog, client, signal } = this.#options;
    try {
      const answer = await gatewayLog.entries({ fromMs, toMs: Date.now() + CLOCK_MARGIN_MS, metadataValue: client });
      this.problem = answer.kind === "ok" ? undefined : answer.kind === "refused" ? answer.message : answer.why;
      if (answer.kind !== "ok") return;
      this.entries.add(answer.value);
      this.#readToMs = answer.value.at(-1)?.createdMs ?? this.#readToMs;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** For answers that do not name their entry in the gateway's log: the Worker's log knows both ids. */
  async #readAnswerIds(fromMs: number): Promise<void> {
    const { workerLog, client, signal } = this.#options;
    const filters = [{ key: "client", operation: "eq", type: "string", value: client }] as const;
    const span = { fromMs: fromMs - CLOCK_MARGIN_MS, toMs: Date.now() + CLOCK_MARGIN_MS };
    try {
      for (let offset: string | undefined, isFirst = true; isFirst || offset !== undefined; isFirst = false) {
        const more = offset === undefined ? {} : { offset };
        const answer = await workerLog.lines({ ...span, filters, limit: MAX_LINES, ...more });
        if (answer.kind !== "ok") return;
        this.entries.addAnswerIds(
          answer.value.lines.flatMap(({ line }) =>
            line.answer_id ? [[line.answer_id, line.request_id] as const] : [],
          ),
        );
        offset = answer.value.next;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function isAsked(target: string) {
  return (attempt: { target: string; result: string }) => attempt.target === target && attempt.result !== "open";
}
