/**
 * Takes one sample of each variant in every round, each time in another random order, so that
 * neither the order nor other work on the machine favours a variant.
 */

export type Samples<Value> = Readonly<Record<string, Value[]>>;

export async function inRounds<Value>(
  names: readonly string[],
  rounds: number,
  sample: (name: string) => Promise<Value>,
): Promise<Samples<Value>> {
  const samples = Object.fromEntries(names.map((name): [string, Value[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names)) samples[name]?.push(await sample(name));
  }
  return samples;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
