/** The flags of `aloud fixtures`: their help, and what they come to. */
import type { Command } from 'commander';
import { Failure, printable } from '../errors.ts';
import { readShard, type Shard } from '../fixtures/shard.ts';
import type { FlagValues } from '../settings/layer.ts';
import { integer } from '../settings/readers.ts';
import { addPresentationFlags, addSpeechFlags, type PresentationFlags } from './options.ts';
import { readFlags } from './settings-options.ts';

export interface FixturesOptions {
  /** The manifest; undefined looks for one in the working folder. */
  readonly manifest: string | undefined;
  /** What is done about what is not as it should be: make it, tell it, or restore it without asking anybody. */
  readonly mode: 'build' | 'check' | 'frozen';
  /** Open every output too, and look at its samples. */
  readonly verify: boolean;
  readonly dryRun: boolean;
  /** Drop from the cache what no lock has use for. */
  readonly prune: boolean;
  /** Recordings at a time; undefined leaves it to the provider. */
  readonly jobs: number | undefined;
  readonly shard: Shard | undefined;
  readonly cacheDir: string | undefined;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud fixtures
  $ aloud fixtures --check
  $ aloud fixtures --frozen --cache-dir .aloud-cache
  $ aloud fixtures corpus.jsonl --shard 1/2
  $ aloud fixtures corpus.jsonl --shard 2/2
  $ aloud fixtures merge corpus.1-of-2.lock corpus.2-of-2.lock
  $ aloud fixtures cache
`;

const MANIFEST_HELP = `
A manifest, aloud.fixtures.yaml (or .json .jsonl .csv .tsv):
  defaults: { voice: en-us, sample_rate: 16000 }
  entries:
    - { id: greeting, text: "Hello, world", srt: true }
  matrix:
    voices: [en-us, en-gb]
    texts: { yes: "Yes, please", no: "No, thank you" }
    output: "{voice}/{id}.wav"
What was made is told in aloud.fixtures.lock: commit both.
`;

/** Settings that no entry has any use for. */
const WITHOUT = ['player', 'audioDevice', 'leadIn', 'tail'] as const;

export function addFixturesFlags(command: Command): Command {
  command
    .argument('[manifest]', 'else the aloud.fixtures.* of this folder')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', MANIFEST_HELP)
    .optionsGroup('What to do:')
    .option('--check', 'make and send nothing; exit 8 with a list of what is missing, changed or stale')
    .option('--frozen', 'restore from the cache alone, as the lock has it; no key, no network, exit 8 for the rest')
    .option('--verify', 'make nothing; open every output, hold its samples against lock and limits, exit 8')
    .option('-n, --dry-run', 'print what would be made; make and send nothing')
    .option('--jobs <n>', 'recordings at a time, 1 to 100 (default as many as the service takes; 2 with local)')
    .option('--shard <i/n>', 'the i-th of n parts of the work, with a lock of its own')
    .option('--cache-dir <dir>', 'where recordings are kept')
    .option('--prune', 'afterwards drop from the cache what no lock has use for');
  return addPresentationFlags(addSpeechFlags(command, WITHOUT));
}

interface Flags extends PresentationFlags {
  readonly check?: true;
  readonly frozen?: true;
  readonly verify?: true;
  readonly dryRun?: true;
  readonly jobs?: string;
  readonly shard?: string;
  readonly cacheDir?: string;
  readonly prune?: true;
}

/** @throws Failure of kind usage for a value that a flag does not take, and for flags that contradict each other. */
export function readFixturesOptions(manifest: string | undefined, command: Command): FixturesOptions {
  const flags: Flags = command.opts();
  const { check = false, frozen = false, verify = false, dryRun = false, prune = false, jobs } = flags;
  contradict(check && frozen, '--check', '--frozen');
  contradict(dryRun && (check || frozen || verify), '--dry-run', '--check, --frozen and --verify');
  contradict(prune && (check || dryRun || (verify && !frozen)), '--prune', '--check, --verify and --dry-run');
  contradict(jobs !== undefined && (check || dryRun || (verify && !frozen)), '--jobs', 'a run that makes nothing');
  return {
    manifest,
    mode: frozen ? 'frozen' : check || verify ? 'check' : 'build',
    verify,
    dryRun,
    prune,
    jobs: jobs === undefined ? undefined : readJobs(jobs),
    shard: flags.shard === undefined ? undefined : readShard(flags.shard),
    cacheDir: flags.cacheDir,
    presentation: flags,
    flags: readFlags(command),
  };
}

function readJobs(text: string): number {
  const reader = integer(1, 100);
  const jobs = reader.fromText(text);
  if (jobs !== undefined) return jobs;
  throw new Failure('usage', `--jobs must be ${reader.expects}, not ${JSON.stringify(printable(text, 60))}`);
}

function contradict(both: boolean, one: string, other: string): void {
  if (both) throw new Failure('usage', `${one} and ${other} contradict each other`, { hint: 'give one of them' });
}
