/** RIFF/WAVE as it grows: right at every moment in a file, of unknown length on a pipe, RF64 beyond 4 GiB. */
import type { Sink } from '../speech.ts';
import type { SinkContext } from './context.ts';
import { createCuePoints } from './cue-points.ts';
import { createFileSink } from './file-sink.ts';
import { DS64_BYTES, headerBytes, RIFF_LIMIT, type RiffSizes, riffBytes, waveHeader } from './riff.ts';
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
  const { clock, request } = context;
  const { format } = request;
  const { edit } = target;
  const gate = createSampleGate(format);
  const timeline = createTimeline(format);
  const marksWords = edit !== undefined && request.timestamps.includes('word');
  const words = createCuePoints(format);
  const done = Promise.resolve();
  let roomy = edit !== undefined && (context.expectLarge ?? false);
  let begun = false;
  let torn = false;
  let data = 0;
  let patchedAt = Number.NEGATIVE_INFINITY;

  return createFileSink(
    target,
    {
      get started() {
        return data > 0 && !torn;
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
        await begin();
        if (edit === undefined) await completeOpen();
        else await complete(edit, partial);
      },
      release: () => words.release(),
    },
    context.keepPartial ?? false,
  );

  function append(samples: Uint8Array): Promise<void> {
    const isPlain = begun && !lacksRoom(data + samples.length, 1);
    if (isPlain && (edit === undefined || clock.now() - patchedAt < PATCH_MS)) return take(samples);
    return prepare().then(() => take(samples));

    async function prepare(): Promise<void> {
      await begin();
      if (edit === undefined) return;
      if (lacksRoom(data + samples.length, 1)) await makeRoom(edit);
      if (clock.now() - patchedAt >= PATCH_MS) await followUp(edit);
    }
  }

  function take(samples: Uint8Array): Promise<void> {
    data += samples.length;
    timeline.audio(samples.length);
    return target.write(samples);
  }

  /** Not before the first samples: when there are none because of a failure, a pipe should stay empty. */
  async function begin(): Promise<void> {
    if (begun) return;
    begun = true;
    await target.write(edit === undefined ? waveHeader(format, false) : header({ data: 0, behind: 0 }));
  }

  function header(sizes: RiffSizes): Uint8Array {
    return waveHeader(format, roomy, sizes, limit);
  }

  function lacksRoom(dataBytes: number, behind: number): boolean {
    return edit !== undefined && !roomy && riffBytes(format, false, { data: dataBytes, behind }) >= limit;
  }

  /** RF64 wants its sizes in front of everything: the samples move back, once, in the file they are in. */
  async function makeRoom(file: Edit): Promise<void> {
    torn = true;
    await file.insert(ROOM_AT, DS64_BYTES);
    roomy = true;
    await file.patch(header({ data, behind: 0 }), 0);
    torn = false;
  }

  /** Says in the header how much is in the file by now. */
  async function followUp(file: Edit): Promise<void> {
    const stored = file.stored - headerBytes(format, roomy);
    if (stored <= 0) return;
    patchedAt = clock.now();
    await file.patch(header({ data: Math.min(stored, data), behind: 0 }), 0);
  }

  async function complete(file: Edit, partial: boolean): Promise<void> {
    if (partial) data = await salvageSamples(target, format, headerBytes(format, roomy));
    await words.add(timeline.finish('word'));
    let behind = 0;
    try {
      behind = await writeBehind(file);
    } catch (error) {
      if (!partial) throw error;
      await salvageSamples(target, format, headerBytes(format, roomy));
      await file.truncate(headerBytes(format, roomy) + data);
    }
    if (lacksRoom(data, behind)) await makeRoom(file);
    await file.patch(header({ data, behind }), 0);
  }

  /** Standard output may be a file after all (`> x.wav`), whose sizes need not stay unknown. */
  async function completeOpen(): Promise<void> {
    const sizes = { data, behind: data % 2 };
    if (target.rewriteStart === undefined || riffBytes(format, false, sizes) >= limit) return;
    const rewritten = await target.rewriteStart(waveHeader(format, false), waveHeader(format, false, sizes));
    if (rewritten && sizes.behind > 0) await target.write(new Uint8Array(1));
  }

  /** Writes what follows the samples; resolves, when it is stored, to how many bytes that is. */
  async function writeBehind(file: Edit): Promise<number> {
    const start = target.length;
    if (data % 2 === 1) await target.write(new Uint8Array(1));
    if (words.count > 0) await words.writeTo(target);
    await file.flush();
    return target.length - start;
  }
}
