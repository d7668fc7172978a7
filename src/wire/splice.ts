/** Joins takes of one speech into one: what a take repeats is left out, times count from the start of the whole. */
import { bytesPerSample } from '../audio.ts';
import type { Granularity, Span, SpeechEvent, SpeechRequest } from '../speech.ts';
import { plain } from '../text/tags.ts';
import { createSeam, type Seam } from './seam.ts';
import { createTimes, shifted } from './times.ts';

/**
 * Segments are what can be spoken anew: a take after a loss begins with the segment that was broken, and what had been
 * delivered of it is not delivered again.
 */
export interface Splice {
  /** What is to be passed on for an event of the take. */
  pass(event: SpeechEvent): readonly SpeechEvent[];
  /** What is left to be passed on when the take has come to its end. */
  end(): readonly SpeechEvent[];
  /** Seconds of audio of the segment that the take is in. */
  seconds(): number;
  /** The segment has ended, what comes belongs to the next. Gives what is left to be passed on of it. */
  boundary(): readonly SpeechEvent[];
  /** A new take begins, with the segment that was broken. */
  restart(): void;
  /** There will be no other take: nothing needs to be remembered for one. */
  forget(): void;
  /** Bytes of audio that were passed on. */
  readonly delivered: number;
}

type Timestamps = Extract<SpeechEvent, { readonly type: 'timestamps' }>;
type Audio = Extract<SpeechEvent, { readonly type: 'audio' }>;

const NOTHING: readonly SpeechEvent[] = [];

export function createSplice({ format }: SpeechRequest): Splice {
  const sampleBytes = bytesPerSample(format);
  const bytesPerSecond = sampleBytes * format.sampleRate;
  /** Bytes that were passed on, and how many of them before the segment began. */
  let delivered = 0;
  let segment = 0;
  /** Bytes of the take so far, and how many of them before the segment began. */
  let position = 0;
  let segmentInTake = 0;
  /**
   * Where the take begins, in bytes of what is passed on: what counts its times from the start of the whole. That is
   * between two samples; `missing` are the bytes of the sample before that never came.
   */
  let base = 0;
  let missing = 0;
  let isRetake = false;
  let isRemembering = true;
  /** Times wait for their audio; those for which it has come are due. */
  const due: SpeechEvent[] = [];
  let waiting = createTimes(0, event => due.push(event));
  /** Times of the segment, from the start of the whole. */
  let times: Record<Granularity, Span[]> = { word: [], phoneme: [] };
  /** How many of its times the take only repeats, and where in the take they end at the latest, in seconds. */
  let repeated: Record<Granularity, number> = { word: 0, phoneme: 0 };
  let repeatedUntil = Number.POSITIVE_INFINITY;
  /** While a take repeats audio: what it has told so far, and the place to go on from. */
  let seam: Seam | undefined;
  let unplaced: Timestamps[] = [];
  /** Whether the first audio of a new take is still to come. */
  let isSeamDue = false;

  const time = (bytes: number) => bytes / bytesPerSecond;

  function takeDue(): readonly SpeechEvent[] {
    return due.length === 0 ? NOTHING : due.splice(0);
  }

  /** Times are rounded, and some of what is over may be told late: what counts is the middle. */
  function isOfSegment({ start, end }: Span): boolean {
    return (start + end) / 2 >= time(segment);
  }

  function begin(at: number): void {
    missing = (sampleBytes - (at % sampleBytes)) % sampleBytes;
    base = at + missing;
  }

  /** What breaks off inside a sample would shift all samples behind it. */
  function completeSample(): SpeechEvent[] {
    if (missing === 0) return [];
    const chunk = new Uint8Array(missing);
    delivered += missing;
    missing = 0;
    return [{ type: 'audio', chunk }];
  }

  function deliver(audio: Audio): SpeechEvent[] {
    const completed = missing === 0 ? NOTHING : completeSample();
    delivered += audio.chunk.length;
    waiting.reach(time(delivered));
    // Nearly always, and for every chunk.
    if (completed.length === 0 && due.length === 0 && !isSeamDue) return [audio];
    const events = [...completed, ...takeDue()];
    if (isSeamDue) events.push({ type: 'seam' });
    isSeamDue = false;
    events.push(audio);
    return events;
  }

  function tell(event: Timestamps): readonly SpeechEvent[] {
    const { granularity } = event;
    const fresh = isRetake ? withoutRepeated(event) : event.spans;
    if (fresh.length === 0) return NOTHING;
    const spans = base === 0 ? fresh : fresh.map(span => shifted(span, time(base)));
    if (isRemembering) for (const span of spans) if (isOfSegment(span)) times[granularity].push(span);
    waiting.take({ type: 'timestamps', granularity, spans }, time(delivered));
    return takeDue();
  }

  function withoutRepeated({ granularity, spans }: Timestamps): readonly Span[] {
    const said = granularity === 'word' ? spans.filter(isWord) : spans;
    const isOver = said.findIndex((span, i) => i >= repeated[granularity] || span.start >= repeatedUntil);
    const count = isOver === -1 ? said.length : isOver;
    repeated[granularity] -= count;
    return said.slice(count);
  }

  /** Goes on from `place` of the take, if it is known. */
  function join(joined: Seam, place: number | undefined): readonly SpeechEvent[] {
    if (place === undefined) return NOTHING;
    seam = undefined;
    begin(delivered - place);
    const told = unplaced.flatMap(tell);
    unplaced = [];
    return [...told, ...completeSample(), ...joined.from(place).flatMap(chunk => deliver({ type: 'audio', chunk }))];
  }

  function finishSeam(): readonly SpeechEvent[] {
    return seam === undefined ? NOTHING : join(seam, seam.place(true));
  }

  return {
    pass(event) {
      if (event.type === 'audio') {
        position += event.chunk.length;
        if (seam === undefined) return deliver(event);
        seam.add(event.chunk);
        return join(seam, seam.place(false));
      }
      if (event.type !== 'timestamps') return [event];
      if (seam === undefined) return tell(event);
      unplaced.push(event);
      if (event.granularity === 'word') seam.told(event.spans.filter(isWord));
      return join(seam, seam.place(false));
    },
    end() {
      const rest = finishSeam();
      waiting.reach(Number.POSITIVE_INFINITY);
      return [...rest, ...takeDue()];
    },
    seconds: () => time(position - segmentInTake),
    boundary() {
      repeatedUntil = Math.min(repeatedUntil, time(position));
      const rest = finishSeam();
      segment = delivered;
      segmentInTake = position;
      times = { word: times.word.filter(isOfSegment), phoneme: times.phoneme.filter(isOfSegment) };
      return rest;
    },
    restart() {
      const skip = delivered - segment;
      const words = times.word.filter(isWord).map(span => shifted(span, -time(segment)));
      const passed = (span: Span) => span.start < time(delivered);
      times = { word: times.word.filter(passed), phoneme: times.phoneme.filter(passed) };
      repeated = { word: times.word.filter(isWord).length, phoneme: times.phoneme.length };
      repeatedUntil = Number.POSITIVE_INFINITY;
      seam = skip === 0 ? undefined : createSeam({ skip, words, bytesPerSecond, sampleBytes });
      waiting = createTimes(0, event => due.push(event));
      unplaced = [];
      position = 0;
      segmentInTake = 0;
      begin(segment);
      isRetake = true;
      isSeamDue = delivered > 0;
    },
    forget() {
      isRemembering = false;
      times = { word: [], phoneme: [] };
    },
    get delivered() {
      return delivered;
    },
  };
}

/** Tags that are said again have times of their own. */
function isWord({ text }: Span): boolean {
  return plain(text).trim() !== '';
}
