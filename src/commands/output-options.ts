/** The flags that say what a command writes and whether it plays, and what they come to. */
import type { Command } from 'commander';
import type { OutputFlags } from './outputs.ts';

/** What the parser makes of the flags. */
export interface OutputFlagValues {
  readonly output?: readonly string[];
  readonly srt?: string | true;
  readonly vtt?: string | true;
  readonly timestamps?: string | true;
  readonly play?: boolean;
  readonly clobber: boolean;
  readonly keepPartial?: true;
  readonly json?: true;
}

export function addOutputFlags(command: Command): Command {
  return command
    .option(
      '-o, --output <file>',
      'write to a file: .wav .raw .pcm .srt .vtt .json .TextGrid, or - (repeatable)',
      append,
    )
    .option('--srt [file]', 'write SubRip subtitles, beside the audio unless a file is named')
    .option('--vtt [file]', 'write WebVTT subtitles')
    .option('--timestamps [file]', 'write the times of words as JSON')
    .option('--play', 'play although a file is written')
    .option('--no-play', 'do not play')
    .option('--no-clobber', 'never replace a file')
    .option('--keep-partial', 'when cut short, keep what arrived as a valid file');
}

export function readOutputFlags(flags: OutputFlagValues): OutputFlags {
  const { srt, vtt, timestamps, play } = flags;
  return {
    outputs: flags.output ?? [],
    ...(srt === undefined ? {} : { srt }),
    ...(vtt === undefined ? {} : { vtt }),
    ...(timestamps === undefined ? {} : { timestamps }),
    ...(play === undefined ? {} : { play }),
    clobber: flags.clobber,
    keepPartial: flags.keepPartial ?? false,
    json: flags.json ?? false,
  };
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
