/** Counts things the way people do: one word, two words. */

/** `1 fixture`, `2 fixtures`; `many` is for words that take more than an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
