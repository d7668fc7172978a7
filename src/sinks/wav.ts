/** RIFF/WAVE as it grows: right at every moment in a file, of unknown length on a pipe, RF64 beyond 4 GiB. */
import type { AudioFormat, Sink } from '../speech.ts';
import type { SinkContext } from './context.ts';
import { type CuePoints, createCuePoints } from './cue-points.ts';
import { createFileSink } from './file-sink.ts';
import { DS64_BYTES, headerBytes, RIFF_LIMIT, riffBytes, waveHeader } from './riff.ts';
import { createSampleGate, salvageSamples } from './samples.ts';
import type { Edit, Target } from './target.ts';
import { createTimeline } from './timeline.ts';

/** How often the sizes in the header follow the audio, so that a file whose writer was killed can be read. */
const PATCH_MS = 1000;
/** Where room for 64-bit sizes goes: behind `RIFF`, its size and `WAVE`. */
const ROOM_AT = 12;

/**
 * Writes a WAVE file to `target`. Words become cue points with labels and regions when word times
 * were asked for; not on a pipe, where whatever follows the samples would be heard.
 *
 * @param limit the size in bytes that needs RF64, smaller in tests
 */
export function createWavSink(target: Target, context: SinkContext, limit = RIFF_LIMIT): Sink {
  const { format, timestamps } = context.request;
  const { edit } = target;
  const gate = createSampleGate(format);
  const timeline = createTimeline(format);
  const words = createCuePoints(format);
  const wave =
    edit === undefined
      ? createWavePipe(target, format, limit)
      : createWaveFile(target, edit, context, { words, limit });
  const marksWords = edit !== undefined && timestamps.includes('word');
  const done = Promise.resolve();

  return createFileSink(
    target,
    {
      get started() {
        return wave.started;
      },
      get samplesAt() {
        return wave.samplesAt;
      },
      write(event) {
        if (event.type === 'audio') return gate.whole(event.chunk, append);
        if (marksWords && event.type === 'timestamps' && event.granularity === 'word') {
          return words.add(timeline.spans('word', event.spans));
        }
        return done;
      },
      async finish(partial) {
        if (!partial) gate.end();
        await words.add(timeline.finish('word'));
        await wave.finish(partial);
      },
      release: () => words.release(),
    },
    context,
  );

  function append(samples: Uint8Array): Promise<void> {
    timeline.audio(samples.length);
    return wave.append(samples);
  }
}

/** The bytes of a WAVE file: its header, not before the first samples, and what follows it. */
interface Wave {
  /** Whether what has been written is worth keeping. */
  readonly started: boolean;
  /** Where the samples are in the file; absent before there are any. */
  readonly samplesAt?: number | undefined;
  append(samples: Uint8Array): Promise<void>;
  finish(partial: boolean): Promise<void>;
}

/** Where nothing can be changed any more, the header says nothing about sizes. */
function createWavePipe(target: Target, format: AudioFormat, limit: number): Wave {
  let begun = false;
  let data = 0;

  return {
    get started() {
      return data > 0;
    },
    append(samples) {
      if (begun) return take(samples);
      return begin().then(() => take(samples));
    },
    async finish() {
      await begin();
      await fillIn();
    },
  };

  /** Late: when there are no samples because of a failure, a pipe should stay empty. */
  async function begin(): Promise<void> {
    if (begun) return;
    begun = true;
    await target.write(waveHeader(format, false));
  }

  function take(samples: Uint8Array): Promise<void> {
    data += samples.length;
    return target.write(samples);
  }

  /** Standard output may be a file after all (`> x.wav`), whose sizes need not stay unknown. */
  async function fillIn(): Promise<void> {
    const sizes = { data, behind: data % 2 };
    if (target.rewriteStart === undefined || riffBytes(format, false, sizes) >= limit) return;
    const rewritten = await target.rewriteStart(waveHeader(format, false), waveHeader(format, false, sizes));
    if (rewritten && sizes.behind > 0) await target.write(new Uint8Array(1));
  }
}

/** In a file the sizes follow the audio, and `words` come behind it. */
function createWaveFile(
  target: Target,
  edit: Edit,
  { clock, request, expectLarge }: SinkContext,
  { words, limit }: { readonly words: CuePoints; readonly limit: number },
): Wave {
  const { format } = request;
  let roomy = expectLarge ?? false;
  let begun = false;
  let torn = false;
  let data = 0;
  let patchedAt = Number.NEGATIVE_INFINITY;

  return {
    get started() {
      return data > 0 && !torn;
    },
    get samplesAt() {
      return begun && !torn ? headerBytes(format, roomy) : undefined;
    },
    append(samples) {
      const isPlain = begun && !lacksRoom(data + samples.length, 1) && clock.now() - patchedAt < PATCH_MS;
      return isPlain ? take(samples) : prepare(samples.length).then(() => take(samples));
    },
    async finish(partial) {
      await begin();
      if (partial) data = await salvageSamples(target, format, headerBytes(format, roomy));
      const behind = await writeBehind().catch(error => dropBehind(partial, error));
      if (lacksRoom(data, behind)) await makeRoom();
      await edit.patch(header(data, behind), 0);
    },
  };

  async function begin(): Promise<void> {
    if (begun) return;
    begun = true;
    await target.write(header(0, 0));
  }

  async function prepare(count: number): Promise<void> {
    await begin();
    if (lacksRoom(data + count, 1)) await makeRoom();
    if (clock.now() - patchedAt >= PATCH_MS) await followUp();
  }

  function take(samples: Uint8Array): Promise<void> {
    data += samples.length;
    return target.write(samples);
  }

  function header(dataBytes: number, behind: number): Uint8Array {
    return waveHeader(format, roomy, { data: dataBytes, behind }, limit);
  }

  function lacksRoom(dataBytes: number, behind: number): boolean {
    return !roomy && riffBytes(format, false, { data: dataBytes, behind }) >= limit;
  }

  /** RF64 wants its sizes in front of everything: the samples move back, once, in the file they are in. */
  async function makeRoom(): Promise<void> {
    torn = true;
    await edit.insert(ROOM_AT, DS64_BYTES);
    roomy = true;
    await edit.patch(header(data, 0), 0);
    torn = false;
  }

  /** Says in the header how much is in the file by now. */
  async function followUp(): Promise<void> {
    const stored = edit.stored - headerBytes(format, roomy);
    if (stored <= 0) return;
    patchedAt = clock.now();
    await edit.patch(header(Math.min(stored, data), 0), 0);
  }

  /** Writes what follows the samples; resolves, when it is stored, to how many bytes that is. */
  async function writeBehind(): Promise<number> {
    const start = target.length;
    if (data % 2 === 1) await target.write(new Uint8Array(1));
    if (words.count > 0) await words.writeTo(target);
    await edit.flush();
    return target.length - start;
  }

  /** What is cut short anyway does without its words where the disk has no place for them. */
  async function dropBehind(partial: boolean, error: unknown): Promise<number> {
    if (!partial) throw error;
    await salvageSamples(target, format, headerBytes(format, roomy));
    await edit.truncate(headerBytes(format, roomy) + data);
    return 0;
  }
}
