/** `aloud stream`: speaks text while it is still being written. */
import { type Command, Option } from 'commander';
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import type { FlagValues } from '../settings/layer.ts';
import { UNITS, type Unit } from '../text/pieces.ts';
import { addPresentationFlags, addSpeechFlags, type PresentationFlags } from './options.ts';
import { addOutputFlags, type OutputFlagValues, readOutputFlags } from './output-options.ts';
import type { OutputFlags } from './outputs.ts';
import { readFlags } from './settings-options.ts';
import { stream } from './stream-run.ts';

export interface StreamOptions {
  readonly outputs: OutputFlags;
  readonly tee: boolean;
  readonly captions: boolean;
  readonly markdown: boolean;
  /** Absent where it was not said: by token, and on a terminal by line. */
  readonly by?: Unit;
  readonly idleFlushMs?: number;
  readonly bargeIn: boolean;
  readonly dryRun: boolean;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ llm "tell me a story" | aloud stream --tee
  $ llm "explain tides" | aloud stream --markdown -o tides.wav --srt --play
  $ tail -f notes.txt | aloud stream --by line
  $ cat book.txt | aloud stream --captions
  $ echo "Say when." | aloud stream --json -o when.wav
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof stream = stream): void {
  const command = program
    .command('stream')
    .description('speak standard input while it is still being written; on a terminal, what you type')
    .addHelpText('before', EXAMPLES)
    .optionsGroup('Text:')
    .option('--tee', 'pass the text through to standard output, unchanged, as it arrives')
    .option('--captions', 'show the words on standard error when they are heard')
    .option('--markdown', 'speak the prose of Markdown: no mark-up, no code blocks, no bare links')
    .addOption(new Option('--by <unit>', 'what is sent at once; token by default, line where you type').choices(UNITS))
    .option('--idle-flush <ms>', 'speak what waits when the writer pauses for so long (10-60000)', milliseconds)
    .option('--barge-in', 'on a terminal: a new line interrupts the one being spoken')
    .optionsGroup('Files:');
  addOutputFlags(command).option('-n, --dry-run', 'print what would be sent and written; send nothing');
  addPresentationFlags(addSpeechFlags(command), 'a line of JSON on stdout for each event, errors too');
  command.action((flags: StreamFlags) => run(optionsOf(flags, command), host, signal));
}

interface StreamFlags extends PresentationFlags, OutputFlagValues {
  readonly tee?: true;
  readonly captions?: true;
  readonly markdown?: true;
  readonly by?: Unit;
  readonly idleFlush?: number;
  readonly bargeIn?: true;
  readonly json?: true;
  readonly dryRun?: true;
}

function optionsOf(flags: StreamFlags, command: Command): StreamOptions {
  const { by, idleFlush, captions = false } = flags;
  return {
    outputs: { ...readOutputFlags(flags), captions },
    tee: flags.tee ?? false,
    captions,
    markdown: flags.markdown ?? false,
    ...(by === undefined ? {} : { by }),
    ...(idleFlush === undefined ? {} : { idleFlushMs: idleFlush }),
    bargeIn: flags.bargeIn ?? false,
    dryRun: flags.dryRun ?? false,
    presentation: flags,
    flags: readFlags(command),
  };
}

function milliseconds(value: string): number {
  const ms = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (ms >= 10 && ms <= 60_000) return ms;
  throw new Failure('usage', '--idle-flush must be a whole number from 10 to 60000', {
    hint: 'it is in milliseconds: 500 is half a second',
  });
}
