/** `aloud fixtures`: audio for tests, made once from a manifest and checked for ever. */
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import { buildFixtures, restoreFixtures } from './fixtures-build.ts';
import { readSize, tendCache } from './fixtures-cache.ts';
import { checkFixtures } from './fixtures-check.ts';
import { showPlans } from './fixtures-dry-run.ts';
import { mergeFixtures } from './fixtures-merge.ts';
import { addFixturesFlags, type FixturesOptions, readFixturesOptions } from './fixtures-options.ts';
import { openProject } from './fixtures-project.ts';
import { addPresentationFlags, type PresentationFlags, present } from './options.ts';

/** What the command and its two companions run; a test may put others in their places. */
const WORK = { fixtures, merge: mergeFixtures, cache: tendCache };

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof WORK = WORK): void {
  const command = addFixturesFlags(
    program.command('fixtures').description('make audio for tests from a manifest, only what changed; check it'),
  );
  command.action((manifest: string | undefined) => run.fixtures(readFixturesOptions(manifest, command), host, signal));

  const merge = addPresentationFlags(
    command
      .command('merge')
      .description('put the locks of all shards together')
      .argument('<lock...>', 'the lock of each shard')
      .option('-o, --output <file>', 'the whole lock, else the one that they are parts of')
      .addHelpText('before', MERGE_EXAMPLES),
  );
  merge.action((locks: string[]) => {
    const flags = ownFlags<PresentationFlags & { readonly output?: string }>(merge);
    return run.merge({ locks, output: flags.output, presentation: flags }, host);
  });

  const cache = addPresentationFlags(
    command
      .command('cache')
      .description('show the cache, or put it in order')
      .option('--cache-dir <dir>', 'where recordings are kept')
      .option('--prune', 'drop what no lock has use for, and what is beyond the limit')
      .option('--max-size <size>', 'limit from now on, such as 500M or 8G; drops what was used longest ago')
      .option('--verify', 'read every recording, drop those that are damaged')
      .option('--clear', 'drop everything')
      .addHelpText('before', CACHE_EXAMPLES),
  );
  cache.action(() => {
    const flags = ownFlags<CacheFlags>(cache);
    const { cacheDir, prune = false, verify = false, clear = false, maxSize } = flags;
    const size = maxSize === undefined ? undefined : readSize(maxSize);
    return run.cache({ cacheDir, prune, verify, clear, maxSize: size, presentation: flags }, host, signal);
  });
}

/** The flags of a companion. The parser gives those that the command above it has too to that one. */
function ownFlags<Flags extends object>(companion: Command): Flags {
  const known = companion.options.map(option => option.attributeName());
  const above = companion.parent?.options ?? [];
  const stray = above.find(option => {
    const name = option.attributeName();
    return !known.includes(name) && companion.parent?.getOptionValueSource(name) === 'cli';
  });
  if (stray === undefined) return companion.optsWithGlobals<Flags>();
  throw new Failure('usage', `${stray.long} means nothing to aloud fixtures ${companion.name()}`, {
    hint: `see: aloud fixtures ${companion.name()} --help`,
  });
}

interface CacheFlags extends PresentationFlags {
  readonly cacheDir?: string;
  readonly prune?: true;
  readonly verify?: true;
  readonly clear?: true;
  readonly maxSize?: string;
}

const MERGE_EXAMPLES = `Examples:
  $ aloud fixtures merge corpus.*-of-2.lock
`;

const CACHE_EXAMPLES = `Examples:
  $ aloud fixtures cache
  $ aloud fixtures cache --max-size 20G --prune
`;

/** Builds, checks or restores what a manifest asks for. Whatever is wrong in it is found before anything is made. */
export async function fixtures(options: FixturesOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  const project = await openProject(options, host, signal);
  const { mode } = options;
  const work = options.dryRun
    ? showPlans
    : mode === 'build'
      ? buildFixtures
      : mode === 'frozen'
        ? restoreFixtures
        : checkFixtures;
  try {
    await work(project, options, host, signal);
  } finally {
    await project.close();
  }
}
