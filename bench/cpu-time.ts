/** Takes a sample of the CPU time that a Worker's process needs. */
import { type Load, load } from "./load.ts";
import type { Workerd } from "./workerd.ts";

export type CpuLoad = Omit<Load, "port" | "begin">;

/** @returns the nanoseconds of CPU that workerd used for all requests of this load */
export async function cpuNsOf(worker: Workerd, run: CpuLoad): Promise<number> {
  let beforeNs = 0;
  const begin = () => {
    beforeNs = worker.cpuNs();
  };
  await load({ ...run, port: worker.port, begin });
  return worker.cpuNs() - beforeNs;
}

/** @returns the microseconds of CPU that workerd used for one request */
export async function cpuUsOf(worker: Workerd, run: CpuLoad): Promise<number> {
  return (await cpuNsOf(worker, run)) / run.requests / 1_000;
}
