/** `aloud say`: one utterance, to the speaker or to files. */
import type { Command } from 'commander';
import type { Host } from '../host.ts';
import type { FlagValues } from '../settings/layer.ts';
import { resolveSettings } from '../settings/resolve.ts';
import { pass } from '../wire/wait.ts';
import { type Jobs, readJobs } from './jobs-flag.ts';
import { addPresentationFlags, addSpeechFlags, type PresentationFlags, present } from './options.ts';
import { addOutputFlags, type OutputFlagValues, readOutputFlags } from './output-options.ts';
import { type OutputFlags, planOutputs } from './outputs.ts';
import { makeRequest, reach } from './reach.ts';
import { refuseResume, resumeWishes } from './resume-wishes.ts';
import { readFlags } from './settings-options.ts';
import { checkTextChoice, type TextChoice } from './text-choice.ts';

export interface SayOptions {
  readonly text: TextChoice;
  readonly outputs: OutputFlags;
  readonly jobs?: Jobs;
  readonly resume: boolean;
  readonly dryRun: boolean;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud say "Hello, world" -o hello.wav
  $ aloud say "Hello, world" -o hello.wav --srt --timestamps --phonemes
  $ echo "Good morning" | aloud say
  $ aloud say -f book.txt -o book.wav --vtt -l en
  $ aloud say -f book.txt -o book.wav --jobs 8
  $ aloud say -f book.txt -o book.wav --resume
  $ aloud say "Raw samples" -o - --format raw | aplay -f S16_LE -r 24000
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof say = say): void {
  const command = program
    .command('say')
    .description('speak a text, to the speaker or to files')
    .argument('[text...]', 'the text; else -f, else standard input')
    .addHelpText('before', EXAMPLES)
    .optionsGroup('Text and files:')
    .option('-f, --file <file>', 'read the text from a file, - for standard input');
  addOutputFlags(command)
    .option('--jobs <n|auto>', 'speak a long text in parts, so many at once (1 to 100; auto is the default for files)')
    .option('--resume', 'with -f: go on where the last run broke off, if it did')
    .option('-n, --dry-run', 'print what would be sent and written; send nothing');
  addPresentationFlags(addSpeechFlags(command));
  command.action((words: string[], flags: SayFlags) => run(optionsOf(words, flags, command), host, signal));
}

interface SayFlags extends PresentationFlags, OutputFlagValues {
  readonly file?: string;
  readonly json?: true;
  readonly jobs?: string;
  readonly resume?: true;
  readonly dryRun?: true;
}

function optionsOf(words: readonly string[], flags: SayFlags, command: Command): SayOptions {
  const { file, jobs } = flags;
  return {
    text: { words, ...(file === undefined ? {} : { file }) },
    outputs: readOutputFlags(flags),
    ...(jobs === undefined ? {} : { jobs: readJobs(jobs) }),
    resume: flags.resume ?? false,
    dryRun: flags.dryRun ?? false,
    presentation: flags,
    flags: readFlags(command),
  };
}

/** Speaks a text. Everything that can be known to be wrong is found out before anything is sent. */
export async function say(options: SayOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  checkTextChoice(options.text, host);
  const settings = await resolveSettings(options.flags, host);
  const plan = planOutputs(options.outputs, settings, host);
  refuseResume(resumeWishes(options), { plan });
  const reached = await reach(settings, host, signal, { offline: options.dryRun });
  // Whole sentences are sent, so the service need not wait for more.
  const wishes = { timestamps: plan.timestamps, maxBufferDelayMs: 0, offline: options.dryRun };
  const request = await makeRequest(reached, settings, wishes, host, signal);
  const run = { request, plan, settings };
  if (options.dryRun) return (await import('./say-run.ts')).rehearse(run, options, host, signal);
  // The text may still be on its way, and nothing is said before the rest is known to be well.
  const connection = reached.provider.connect(reached.access, signal);
  try {
    // A few turns, for the name, the way there and the first word: while the other side answers, what speaks is loaded.
    await pass(4);
    const { sayThrough } = await import('./say-run.ts');
    await sayThrough(connection, reached, run, options, host, signal);
  } finally {
    await connection.close();
  }
}
