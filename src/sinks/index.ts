/** The registry of sinks that write: which kinds there are, how they are named and how one is opened. */
import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { Failure, printable } from '../errors.ts';
import type { Sink } from '../speech.ts';
import type { SinkContext } from './context.ts';
import { outputFailure } from './output-failure.ts';
import type { Target } from './target.ts';

export type SinkKind = 'wav' | 'raw' | 'srt' | 'vtt' | 'json' | 'textgrid';

/** What help says about a kind of sink, and how it is made. */
export interface SinkFacts {
  /** Extensions that choose it; the first one names files of ours. */
  readonly extensions: readonly string[];
  /** One line for help and README. */
  readonly description: string;
  /** Sound, or what is known about it. A sidecar needs word times. */
  readonly content: 'audio' | 'timestamps';
  /** Loaded when it is opened: what is to be written is known before anybody is called. */
  readonly load: () => Promise<(target: Target, context: SinkContext) => Sink>;
}

/** All kinds, in the order of help. */
export const sinkKinds: Readonly<Record<SinkKind, SinkFacts>> = {
  wav: {
    extensions: ['.wav'],
    description: 'RIFF/WAVE in any encoding, RF64 above 4 GiB; words as labelled cue points when times are asked for',
    content: 'audio',
    load: async () => (await import('./wav.ts')).createWavSink,
  },
  raw: {
    extensions: ['.raw', '.pcm'],
    description: 'samples without a header',
    content: 'audio',
    load: async () => (await import('./raw.ts')).createRawSink,
  },
  srt: {
    extensions: ['.srt'],
    description: 'SubRip subtitles',
    content: 'timestamps',
    load: async () => (await import('./subtitles.ts')).createSrtSink,
  },
  vtt: {
    extensions: ['.vtt'],
    description: 'WebVTT subtitles',
    content: 'timestamps',
    load: async () => (await import('./subtitles.ts')).createVttSink,
  },
  json: {
    extensions: ['.json'],
    description: 'times of words, and of phonemes when asked for',
    content: 'timestamps',
    load: async () => (await import('./json.ts')).createJsonSink,
  },
  textgrid: {
    extensions: ['.TextGrid'],
    description: 'Praat tiers of words, and of phones when asked for',
    content: 'timestamps',
    load: async () => (await import('./textgrid.ts')).createTextGridSink,
  },
};

/** Containers of audio that `--format` can choose. */
export const audioKinds: readonly SinkKind[] = kindsOf('audio');

/** Kinds of files that other programs make out of ours. */
const COMPRESSED: readonly string[] = ['.mp3', '.ogg', '.oga', '.opus', '.flac', '.m4a', '.aac', '.aiff', '.webm'];

/**
 * The kind that the extension of `path` chooses. `format` chooses instead for audio and where the
 * extension says nothing; `-`, standard output, is WAV unless `format` says otherwise.
 *
 * @throws Failure `usage` for an extension that no kind has
 */
export function kindOf(path: string, format?: 'wav' | 'raw'): SinkKind {
  if (path === '-') return format ?? 'wav';
  const extension = extname(path).toLowerCase();
  for (const kind of Object.keys(sinkKinds) as SinkKind[]) {
    const { extensions, content } = sinkKinds[kind];
    if (!extensions.some(known => known.toLowerCase() === extension)) continue;
    return content === 'audio' && format !== undefined ? format : kind;
  }
  if (format !== undefined) return format;
  const known = Object.values(sinkKinds).flatMap(facts => facts.extensions);
  const reason = extension === '' ? 'its name has no extension' : `${printable(extension, 40)} is not known`;
  const use = `use one of ${known.join(' ')}`;
  throw new Failure('usage', `cannot tell what to write to ${printable(path, 200)}: ${reason}`, {
    hint: COMPRESSED.includes(extension)
      ? `${use}; for ${extension} pipe it: aloud say … -o - | ffmpeg -loglevel error -i - out${extension}`
      : `${use}, or give --format wav or --format raw`,
  });
}

/**
 * The same for a path that is about to be written to: of a folder, what is wrong is not its name.
 *
 * @throws Failure `usage` as above, `output` for a folder
 */
export function kindAt(path: string, format?: 'wav' | 'raw'): SinkKind {
  try {
    return kindOf(path, format);
  } catch (error) {
    if (!isFolder(path)) throw error;
    const cause = Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
    throw outputFailure(cause, printable(path, 200));
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Opens a sink of `kind` that writes to the file `path`, or to standard output for `-`. Whatever
 * can be known to fail fails here, before anything is sent.
 *
 * @throws Failure `usage` or `output`, see `openFileTarget`
 */
export async function openSink(kind: SinkKind, path: string, context: SinkContext): Promise<Sink> {
  const [create, { openFileTarget, openStreamTarget }] = await Promise.all([
    sinkKinds[kind].load(),
    import('./target.ts'),
  ]);
  const target = path === '-' ? await openStreamTarget(context.stdout) : await openFileTarget(path, context);
  return create(target, context);
}

function kindsOf(content: SinkFacts['content']): SinkKind[] {
  return (Object.keys(sinkKinds) as SinkKind[]).filter(kind => sinkKinds[kind].content === content);
}
