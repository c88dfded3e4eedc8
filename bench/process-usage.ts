/**
 * Reads what a process has used: its CPU time in nanoseconds from the scheduler, and its memory.
 * Only Linux has these files (proc(5)). CPU time is steadier than the time on the clock, because
 * other work on the machine hardly changes it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

export const CAN_MEASURE_PROCESSES = process.platform === "linux";

const BYTES_PER_KIB = 1024;

export interface Memory {
  residentBytes: number;
  /** The highest value since the start, or since the last `forgetPeak`. */
  peakBytes: number;
}

/** A thread that has ended is not counted. workerd keeps its threads. */
export function cpuNs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + threadNs(`/proc/${pid}/task/${thread}/schedstat`), 0);
}

export function memory(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) * BYTES_PER_KIB;
  return { residentBytes: bytes("VmRSS"), peakBytes: bytes("VmHWM") };
}

export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function threadNs(file: string): number {
  try {
    return Number(readFileSync(file, "utf8").split(" ")[0]);
  } catch {
    return 0; // The thread has ended since the folder was read.
  }
}
