/** Drives espeak-ng as compiled by `@echogarden/espeak-ng-emscripten`: one sentence at a time, each from the same state. */
import type { CodeCache } from '../start-cache.ts';
import { type FileSystem, lazyData } from './espeak-data.ts';
import { loadScript } from './espeak-script.ts';

/** How a sentence is to be read. */
export interface Reading {
  /** espeak-ng's own name of a voice, such as `gmw/en-US+f3`. */
  readonly voice: string;
  /** Words a minute. */
  readonly rate: number;
  /** Percent; espeak-ng limits what would be too loud. */
  readonly volume: number;
}

/** What is told while a sentence is spoken, in the order of time; samples are counted from its start. */
export interface Listener {
  /** `position` counts code points of the SSML from 1. */
  word?(position: number, sample: number): void;
  /** IPA with stress marks; '' is silence. */
  phoneme?(ipa: string, sample: number): void;
  /** The memory is espeak-ng's: it holds only during the call. */
  audio(samples: Int16Array): void;
  /** Asked every 100 ms of audio; true ends the sentence there. */
  isCancelled(): boolean;
}

export interface EspeakNg {
  /** Blocks until all has been heard. @throws when espeak-ng breaks; it must then be loaded anew. */
  speak(ssml: string, reading: Reading, listener: Listener): void;
  /** The voices as espeak-ng lists them: identifier, `language:rank` joined with commas, name. */
  voices(): string[];
  /** Keeps for later runs what V8 has compiled by now, where nothing is kept yet. Never throws. */
  keep(): void;
  /** Lets go of its file; it cannot be used afterwards. */
  close(): void;
}

/** Loads the package from the URL of its main module, its script through `cache`; takes about 100 ms. */
export async function loadEspeakNg(moduleUrl: string, cache?: CodeCache): Promise<EspeakNg> {
  const { start, keep } = await loadScript<(options: object) => Promise<EspeakModule>>(moduleUrl, cache);
  const data = lazyData(new URL('./espeak-ng.data', moduleUrl));
  const now = Date.now;
  // From the time it takes the seed of the noise in breathy voices, which would never speak the same way twice.
  Date.now = () => 0;
  try {
    const module = await start({
      print() {},
      printErr() {},
      // By itself it reads the file in the background while it has nothing else to do, and cannot find it in a folder called `#`.
      getPreloadedPackage: (_name: string, size: number) => data.room(size),
    });
    if (module.FS !== undefined) data.readWhenOpened(module.FS);
    return drive(module, { keep, close: data.close });
  } catch (error) {
    data.close();
    throw error;
  } finally {
    Date.now = now;
  }
}

interface EspeakModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAP16: Int16Array;
  readonly HEAP32: Int32Array;
  /** Missing where there are no files. */
  readonly FS?: FileSystem;
  readonly eSpeakNGWorker: new () => EspeakWorker;
  _malloc(bytes: number): number;
  addFunction(callback: (audio: number, count: number, events: number) => number): number;
}

interface EspeakWorker {
  rate: number;
  volume: number;
  set_voice(name: number): number;
  synth_(text: number, callback: number): void;
  getSizeOfEventStruct_(): number;
  list_voices(): {
    readonly name: string;
    readonly identifier: string;
    readonly languages: readonly { readonly name: string; readonly priority: number }[];
  }[];
}

const WORD = 1;
const PHONEME = 7;
const TEXT_BYTES = 65536;
const VOICES_KEPT = 4;

function drive(module: EspeakModule, ends: Pick<EspeakNg, 'keep' | 'close'>): EspeakNg {
  const worker = new module.eSpeakNGWorker();
  const eventWords = worker.getSizeOfEventStruct_() / 4;
  // Strings that the binding copies in by itself would lie in memory which a restored heap knows nothing of.
  const text = module._malloc(TEXT_BYTES);
  let listener: Listener | undefined;
  const callback = module.addFunction((audio, count, events) => {
    if (listener === undefined || listener.isCancelled()) return 1;
    if (listener.word !== undefined || listener.phoneme !== undefined) tell(module, listener, events, eventWords);
    if (count > 0) listener.audio(module.HEAP16.subarray(audio >> 1, (audio >> 1) + count));
    return 0;
  });
  const fresh = snapshot(module.HEAPU8);
  const withVoice = new Map<string, Uint8Array>();
  /** What the heap is equal to; undefined after speech. */
  let state: Uint8Array | undefined = fresh;

  function become(wanted: Uint8Array): void {
    if (state !== wanted) restore(module.HEAPU8, wanted);
    state = wanted;
  }

  /** What espeak-ng remembers of one sentence changes the next: each starts in the state right after the choice of voice. */
  function prepare(voice: string): void {
    const known = withVoice.get(voice);
    if (known !== undefined) {
      become(known);
      withVoice.delete(voice);
      withVoice.set(voice, known);
      return;
    }
    become(fresh);
    state = undefined;
    put(module.HEAPU8, text, voice);
    if (worker.set_voice(text) !== 0) throw new Error(`espeak-ng does not know the voice ${voice}`);
    state = snapshot(module.HEAPU8);
    withVoice.set(voice, state);
    const [oldest] = withVoice.keys();
    if (withVoice.size > VOICES_KEPT && oldest !== undefined) withVoice.delete(oldest);
  }

  return {
    speak(ssml, reading, to) {
      prepare(reading.voice);
      state = undefined;
      worker.rate = reading.rate;
      worker.volume = reading.volume;
      put(module.HEAPU8, text, ssml);
      listener = to;
      try {
        worker.synth_(text, callback);
      } finally {
        listener = undefined;
      }
    },
    voices() {
      state = undefined;
      return worker.list_voices().map(({ identifier, languages, name }) => {
        const ranked = languages.map(language => `${language.name}:${language.priority}`);
        return `${identifier} ${ranked.join(',')} ${name.trim()}`;
      });
    },
    ...ends,
  };
}

/** `espeak_EVENT`: type, id, text position, length, time in ms, sample, user data, and 8 bytes of number or string. */
function tell({ HEAP32, HEAPU8 }: EspeakModule, listener: Listener, events: number, eventWords: number): void {
  for (let at = events >> 2; HEAP32[at] !== 0; at += eventWords) {
    const sample = HEAP32[at + 5] ?? 0;
    if (HEAP32[at] === WORD) listener.word?.(HEAP32[at + 2] ?? 0, sample);
    if (HEAP32[at] === PHONEME) listener.phoneme?.(shortString(HEAPU8, (at + 7) * 4), sample);
  }
}

const utf8 = new TextDecoder();

/** Up to 8 bytes, with a zero behind them only if there is room; a character that is cut off is left out. */
function shortString(heap: Uint8Array, at: number): string {
  let end = at;
  while (end < at + 8 && heap[end] !== 0) end++;
  return end === at ? '' : utf8.decode(heap.subarray(at, end)).replace(/\ufffd+$/, '');
}

const encoder = new TextEncoder();

function put(heap: Uint8Array, at: number, value: string): void {
  const { read, written } = encoder.encodeInto(value, heap.subarray(at, at + TEXT_BYTES - 1));
  if (read < value.length) throw new Error(`a sentence of ${value.length} characters is too long for espeak-ng`);
  heap[at + written] = 0;
}

const ZEROS = new Uint8Array(256 * 1024);

/** A copy of the heap without the zeros at its end, which are most of it. */
function snapshot(heap: Uint8Array): Uint8Array {
  let end = heap.length;
  while (end > 0 && isZero(heap, Math.max(0, end - ZEROS.length), end)) end = Math.max(0, end - ZEROS.length);
  return heap.slice(0, end);
}

/** Zeros are not written over zeros: to read them is faster, and memory that was never written to takes no room. */
function restore(heap: Uint8Array, copy: Uint8Array): void {
  heap.set(copy);
  for (let at = copy.length; at < heap.length; at += ZEROS.length) {
    const end = Math.min(heap.length, at + ZEROS.length);
    if (!isZero(heap, at, end)) heap.fill(0, at, end);
  }
}

function isZero(heap: Uint8Array, from: number, to: number): boolean {
  return Buffer.compare(heap.subarray(from, to), ZEROS.subarray(0, to - from)) === 0;
}
