/** What `--resume` asks for, and where there is nothing that it could do. */
import { Failure } from '../errors.ts';
import { sinkKinds } from '../sinks/index.ts';
import { isStdout } from '../sinks/target-place.ts';
import type { Run } from './account.ts';
import type { SayOptions } from './say.ts';
import type { TextChoice } from './text-choice.ts';

/** What the flags say that matters here. */
export interface ResumeWishes {
  readonly text: TextChoice;
  readonly resume: boolean;
  readonly json: boolean;
}

export function resumeWishes({
  text,
  resume,
  presentation,
}: Pick<SayOptions, 'text' | 'resume' | 'presentation'>): ResumeWishes {
  return { text, resume, json: presentation.json ?? false };
}

/**
 * Refuses `--resume` where there is nothing that it could do.
 *
 * @throws Failure of kind usage, with the reason
 */
export function refuseResume({ text, resume }: ResumeWishes, { plan }: Pick<Run, 'plan'>): void {
  if (!resume) return;
  const refuse = (reason: string, hint: string) => {
    throw new Failure('usage', `--resume ${reason}`, { hint });
  };
  if (text.file === undefined || text.file === '-')
    refuse('needs a text that can be read again', 'give it with -f FILE');
  if (plan.plays) refuse('does not go with playing', 'write to a file: -o FILE.wav');
  if (!writesSound({ plan })) refuse('needs a file of sound to complete', 'write to a file: -o FILE.wav');
}

/** Whether what a run writes can be kept when it fails. */
export function writesSound({ plan }: Pick<Run, 'plan'>): boolean {
  return plan.files.some(({ kind, path }) => sinkKinds[kind].content === 'audio' && !isStdout(path));
}
