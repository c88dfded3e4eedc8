/** Several running variants, by name. */
import type { Variant } from "./variants.ts";
import { Workerd } from "./workerd.ts";

export interface Workers {
  get(name: string): Workerd;
}

export async function withWorkers<T>(
  variants: readonly Variant[],
  upstreamPort: number,
  use: (workers: Workers) => Promise<T>,
): Promise<T> {
  const running = new Map<string, Workerd>();
  try {
    for (const variant of variants) running.set(variant.name, await Workerd.start(variant, upstreamPort));
    return await use({
      get(name) {
        const worker = running.get(name);
        if (!worker) throw new Error(`there is no variant ${name}`);
        return worker;
      },
    });
  } finally {
    await Promise.all([...running.values()].map((worker) => worker.stop()));
  }
}
