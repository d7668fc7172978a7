/** What goes wrong on each socket of the soak, at random. */

/** Numbers from 0 up to but not 1. */
export type Random = () => number;

/** The same numbers for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** As the server's own flag has them; `n` stands for the frame. Those that end a socket come often, so that none lives long. */
const MISHAPS = [
  'drop@n',
  'drop@n',
  'drop@n',
  'close:1011@n',
  'close:1000@n',
  'close:1012@n',
  'close:4429@n',
  'stall@n',
  'error-mid-stream:500@n',
  'error-mid-stream:503@n',
  'error-mid-stream:429@n',
  'truncated-base64@n',
  'bad-json@n',
  'rate-limit@nx3',
  'no-done@nx1',
  'done-twice',
  'odd-chunks',
  'unknown-type',
  'late-frames-after-cancel',
  'upgrade-status:503x1',
  'upgrade-status:429x1',
  'slow-upgrade:30x1',
] as const;

/** What happens to the next socket: one thing of any kind, and an end before it has carried much. */
export function mishaps(random: Random): readonly string[] {
  const kind = MISHAPS[Math.floor(random() * MISHAPS.length)] ?? 'drop@n';
  const frame = (most: number) => `@${1 + Math.floor(random() ** 2 * most)}`;
  return [kind.replace('@n', frame(200)), `drop${frame(800)}`];
}
