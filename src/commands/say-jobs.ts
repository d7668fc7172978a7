/** How a text of `say` is shared out: spoken by one context, or in parts by several at once. */
import { isStdout } from '../sinks/target-place.ts';
import type { Transcript } from '../speech.ts';
import { inputsOf, ONE_PIECE } from '../text/inputs.ts';
import { partsOf } from '../text/parts.ts';
import { speakable } from '../text/transcript.ts';
import type { Run } from './account.ts';
import type { Jobs } from './jobs-flag.ts';

/** So many parts are begun: beyond the contexts that any plan of a service has, so that its limit is the only one. */
const AUTO_JOBS = 32;

/**
 * How many parts to speak at once; undefined for a text that one context speaks: a short one, and unless it was asked
 * for one that is listened to while it is spoken. The built-in voice does one thing at a time.
 * `length` is that of the text in characters or bytes, where it is known.
 */
export function jobsFor(
  wish: Jobs | undefined,
  { plan, settings }: Pick<Run, 'plan' | 'settings'>,
  length: number | undefined,
): number | undefined {
  if (length !== undefined && length <= ONE_PIECE) return undefined;
  if (typeof wish === 'number') return wish;
  const isHeard = plan.plays || plan.files.some(file => isStdout(file.path));
  // One after the other: what is spoken of a text that can be read again need not be spoken again.
  if (settings.values.provider === 'local') return length === undefined || isHeard ? undefined : 1;
  return wish === undefined && isHeard ? undefined : AUTO_JOBS;
}

/** The text as it is sent to one context, or as it is when it is to be spoken in parts. */
export function transcriptOf(
  text: AsyncIterable<string>,
  language: string | undefined,
  jobs: number | undefined,
): Transcript {
  return jobs === undefined ? speakable(inputsOf(text, language)) : text;
}

/** What would be sent, each part of it being one piece. */
export async function* sentOf(
  text: AsyncIterable<string>,
  language: string | undefined,
  jobs: number | undefined,
): Transcript {
  if (jobs === undefined) return yield* transcriptOf(text, language, jobs);
  for await (const part of partsOf(text, language)) yield part.text;
}
