/** The flags of `aloud voices-test`: their help, and what they come to. */
import type { Command } from 'commander';
import { Failure, printable } from '../errors.ts';
import { FIGURES } from '../report/figures.ts';
import type { Gates } from '../report/gates.ts';
import type { FlagValues } from '../settings/layer.ts';
import { integer, number, positive, type Reader } from '../settings/readers.ts';
import { addPresentationFlags, addSpeechFlags, type PresentationFlags } from './options.ts';
import { readFlags } from './settings-options.ts';

export interface VoicesTestOptions {
  /** Ids, names or beginnings of names. */
  readonly voices: readonly string[];
  readonly all: boolean;
  readonly filter?: string;
  /** None: the one that the settings or the provider have. */
  readonly models: readonly string[];
  /** None and no file: a sentence in the language of each voice. */
  readonly texts: readonly string[];
  /** A text per line; `-` is standard input. */
  readonly file?: string;
  readonly repeat: number;
  /** Takes at a time; undefined leaves it to the provider. */
  readonly jobs: number | undefined;
  readonly outDir: string;
  /** Name of a figure, or `name`. */
  readonly sort: string;
  readonly report?: string;
  readonly play: boolean;
  readonly gates: Gates;
  readonly dryRun: boolean;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud voices-test en-us en-gb --report audition.html
  $ aloud voices-test --filter en --text "Hello, world" --sort wpm
  $ aloud voices-test en-us --repeat 5 --max-first-audio 5000 --no-clipping
`;

const FIGURES_HELP = `
Figures of a voice, each of which --sort takes, and name. In a pipe they come in
this order behind voice, name and model, with tabs between and no titles:
${FIGURES.map(({ name, about, unit }) => `  ${name.padEnd(8)} ${about}${unit === '' ? '' : `, ${unit}`}`).join('\n')}
`;

export function addVoicesTestFlags(command: Command): Command {
  command
    .argument('[voice...]', 'ids, names or unique beginnings of names; else the voice that say would use')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', FIGURES_HELP)
    .optionsGroup('Voices and texts:')
    .option('--all', 'every voice of the provider')
    .option('--filter <words>', 'voices of which every word is said, or begins a word, as in: aloud voices --search')
    .option('-m, --model <id>', 'model of the provider (repeatable)', append)
    .option('--text <text>', 'what is to be said (repeatable); else a sentence in the language of the voice', append)
    .option('-f, --file <file>', 'one text per line, - for standard input')
    .option('--repeat <n>', 'say everything so often, 1 to 100', '1')
    .option('--jobs <n>', 'takes at a time, 1 to 100 (default 1 with local, else 2; fewer when that is too many)')
    .optionsGroup('Results:')
    .option('--out-dir <dir>', 'folder for recordings and results', 'voices-test')
    .option('--report <file.html>', 'one page to listen and compare, with everything in it')
    .option('--sort <figure>', 'order of the table, best first', 'first')
    .option('--play', 'play each in turn; n next, p previous, r repeat, q quit')
    .option('-n, --dry-run', 'print what would be sent and written; send nothing')
    .optionsGroup('Limits (exit 8 when one is not kept):')
    .option('--max-first-audio <ms>', 'time to first audio, p95 of a voice')
    .option('--max-silence <s>', 'silence at either end')
    .option('--min-loudness <lufs>', 'integrated loudness, at least')
    .option('--max-loudness <lufs>', 'integrated loudness, at most')
    .option('--no-clipping', 'no clipped samples')
    .option('--expect-duration <min..max>', 'seconds of sound; either end may be left open');
  return addPresentationFlags(addSpeechFlags(command, ['model', 'format', 'cues']));
}

const SORTS: readonly string[] = [...FIGURES.map(({ name }) => name), 'name'];

interface Flags extends PresentationFlags {
  readonly all?: true;
  readonly filter?: string;
  readonly model?: readonly string[];
  readonly text?: readonly string[];
  readonly file?: string;
  readonly repeat: string;
  readonly jobs?: string;
  readonly outDir: string;
  readonly report?: string;
  readonly sort: string;
  readonly play?: true;
  readonly dryRun?: true;
  readonly maxFirstAudio?: string;
  readonly maxSilence?: string;
  readonly minLoudness?: string;
  readonly maxLoudness?: string;
  readonly clipping: boolean;
  readonly expectDuration?: string;
}

/** @throws Failure of kind usage for a value that a flag does not take, and for flags that contradict each other. */
export function readVoicesTestOptions(voices: readonly string[], command: Command): VoicesTestOptions {
  const flags: Flags = command.opts();
  const { filter, file, report, all = false, play = false, dryRun = false, text = [], model = [] } = flags;
  contradict(all && filter !== undefined, '--all', '--filter');
  contradict(voices.length > 0 && all, 'naming voices', '--all');
  contradict(voices.length > 0 && filter !== undefined, 'naming voices', '--filter');
  contradict(text.length > 0 && file !== undefined, '--text', '--file');
  return {
    voices,
    all,
    ...(filter === undefined ? {} : { filter }),
    models: [...new Set(model)],
    texts: text,
    ...(file === undefined ? {} : { file }),
    repeat: read('--repeat', flags.repeat, integer(1, 100)),
    jobs: flags.jobs === undefined ? undefined : read('--jobs', flags.jobs, integer(1, 100)),
    outDir: flags.outDir,
    sort: readSort(flags.sort),
    ...(report === undefined ? {} : { report }),
    play,
    gates: readGates(flags),
    dryRun,
    presentation: flags,
    flags: readFlags(command),
  };
}

function readGates(flags: Flags): Gates {
  const gates: Gates = {
    ...readGate('maxFirstAudioMs', '--max-first-audio', flags.maxFirstAudio, positive(3_600_000)),
    ...readGate('maxSilence', '--max-silence', flags.maxSilence, number(0, 3600)),
    ...readGate('minLoudness', '--min-loudness', flags.minLoudness, LOUDNESS),
    ...readGate('maxLoudness', '--max-loudness', flags.maxLoudness, LOUDNESS),
    ...(flags.clipping ? {} : { noClipping: true }),
    ...(flags.expectDuration === undefined ? {} : { duration: readRange('--expect-duration', flags.expectDuration) }),
  };
  const { minLoudness: least = -100, maxLoudness: most = 10 } = gates;
  contradict(least > most, `--min-loudness ${least}`, `--max-loudness ${most}`);
  return gates;
}

const LOUDNESS = number(-100, 10);

function readGate(name: keyof Gates, flag: string, text: string | undefined, reader: Reader<number>): Gates {
  return text === undefined ? {} : { [name]: read(flag, text, reader) };
}

function read<V>(flag: string, text: string, reader: Reader<V>): V {
  const value = reader.fromText(text);
  if (value !== undefined) return value;
  throw new Failure('usage', `${flag} must be ${reader.expects}, not ${JSON.stringify(printable(text, 60))}`);
}

function readRange(flag: string, text: string): { min: number; max: number } {
  const [, from, to] = /^(\d*\.?\d*)\.\.(\d*\.?\d*)$/.exec(text) ?? [];
  const min = from === '' ? 0 : Number(from);
  const max = to === '' ? Number.POSITIVE_INFINITY : Number(to);
  if (min <= max && `${from}${to}` !== '') return { min, max };
  throw new Failure('usage', `${flag} must be seconds such as 1.5..4, not ${JSON.stringify(printable(text, 60))}`);
}

function readSort(text: string): string {
  if (SORTS.includes(text)) return text;
  throw new Failure('usage', `--sort must be one of ${SORTS.join(', ')}, not ${JSON.stringify(printable(text, 60))}`);
}

function contradict(both: boolean, one: string, other: string): void {
  if (both) throw new Failure('usage', `${one} and ${other} contradict each other`, { hint: 'give one of them' });
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
