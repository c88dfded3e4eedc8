/** How figures are printed. */

export function asMb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

export function asKb(bytes: number): string {
  return `${(bytes / 1e3).toFixed(1)} KB`;
}

export function asMs(ms: number): string {
  return `${ms.toFixed(2)} ms`;
}

export function asUs(us: number): string {
  return us < 1_000 ? `${us.toFixed(us < 20 ? 1 : 0)} µs` : `${(us / 1_000).toFixed(2)} ms`;
}
