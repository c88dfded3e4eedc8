/**
 * Reads the memory of the one workerd that this process has started. Only Linux has these files
 * under /proc.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const BYTES_PER_KIB = 1024;

export const CAN_MEASURE_MEMORY = process.platform === "linux";

export interface Memory {
  residentBytes: number;
  /** The highest value since the start, or since the last `forgetPeak`. */
  peakBytes: number;
}

export function memoryOfWorkerd(): Memory {
  const status = statusOf(workerdPid());
  const bytes = (field: string) => Number(status.get(field)?.split(" ")[0]) * BYTES_PER_KIB;
  return { residentBytes: bytes("VmRSS"), peakBytes: bytes("VmHWM") };
}

/** Source: proc(5), clear_refs. */
export function forgetPeak(): void {
  writeFileSync(`/proc/${workerdPid()}/clear_refs`, "5");
}

export function asMb(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}

function workerdPid(): string {
  const pid = readdirSync("/proc").find((name) => {
    if (!/^\d+$/.test(name)) return false;
    const status = statusOf(name);
    return status.get("Name") === "workerd" && status.get("PPid") === String(process.pid);
  });
  if (!pid) throw new Error("no workerd runs under this process");
  return pid;
}

/** @returns an empty map if the process has already ended */
function statusOf(pid: string): ReadonlyMap<string, string> {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, "utf8").split("\n");
    return new Map(
      lines.map((line) => {
        const [name = "", value = ""] = line.split(/:\s*/);
        return [name, value];
      }),
    );
  } catch {
    return new Map();
  }
}
