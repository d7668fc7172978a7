/** Flags of `aloud stream` that would do nothing, or would do harm to one another. */
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import { isStdout } from '../sinks/target-place.ts';
import type { StreamOptions } from './stream.ts';

/**
 * No flag is accepted and ignored, and no two write over each other.
 *
 * @throws Failure of kind usage, with the reason.
 */
export function refuseIdle(
  { tee, captions, by, idleFlushMs, bargeIn, outputs }: StreamOptions,
  isTyped: boolean,
  host: Host,
): void {
  if (tee && (outputs.json || outputs.outputs.some(isStdout))) {
    throw new Failure('usage', 'two outputs want standard output', { hint: 'write one of them to a file' });
  }
  if (tee && captions && host.stdout.isTTY && host.stderr.isTTY) {
    throw new Failure('usage', '--tee and --captions would write over each other on one terminal', {
      hint: 'leave out one of them, or send one elsewhere: 2> captions.txt',
    });
  }
  const onTerminal = 'on a terminal each line is spoken as it is entered';
  const idle: readonly (readonly [string, boolean, string])[] = [
    ['--barge-in', bargeIn && !isTyped, 'it is for lines that are typed on a terminal'],
    ['--tee', tee && isTyped && host.stdout.isTTY === true, 'what you type is on the terminal already'],
    [`--by ${by}`, isTyped && by !== undefined && by !== 'line', onTerminal],
    ['--idle-flush', isTyped && idleFlushMs !== undefined, onTerminal],
  ];
  for (const [flag, isIdle, hint] of idle) {
    if (isIdle) throw new Failure('usage', `${flag} would do nothing here`, { hint });
  }
}
