/** Gathers what an async iterable yields. */
export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

/** A transcript, or any other async iterable, of known items. */
export async function* from<T>(...items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
