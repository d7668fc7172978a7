/** The innermost loop of the resampler: sums of products, in WebAssembly where it knows vectors and else in plain script, to the same bits. */

/** Filters of a polyphase converter: `up` of them with `taps` numbers each, one after the other, used in steps of `down`. */
export interface FilterBank {
  readonly filters: Float64Array;
  /** A multiple of four. */
  readonly taps: number;
  readonly up: number;
  readonly down: number;
}

/** Fills `out`: its first sample is what the filter `phase` gives of `line` from `at` on. */
export type Convolve = (line: Float64Array, at: number, phase: number, out: Float32Array) => void;

/** Vectors are five times as fast as script, which stays for machines and settings without them; `how` allows no other. */
export function createConvolver(bank: FilterBank, how?: 'vectors' | 'script'): Convolve {
  if (how === 'script') return inScript(bank);
  try {
    return withVectors(bank);
  } catch (error) {
    if (how === 'vectors') throw error;
    return inScript(bank);
  }
}

/** The order of the sums is that of `program`: what is equal at the input is equal at the output everywhere. */
function inScript({ filters, taps, up, down }: FilterBank): Convolve {
  return (line, at, phase, out) => {
    let place = phase;
    let start = at;
    for (let i = 0; i < out.length; i++) {
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let f = place * taps, s = start; f < (place + 1) * taps; f += 4, s += 4) {
        a += (filters[f] as number) * (line[s] as number);
        b += (filters[f + 1] as number) * (line[s + 1] as number);
        c += (filters[f + 2] as number) * (line[s + 2] as number);
        d += (filters[f + 3] as number) * (line[s + 3] as number);
      }
      out[i] = a + b + (c + d);
      place += down;
      start += Math.floor(place / up);
      place %= up;
    }
  };
}

/** Samples that are made in one call; their number bounds the memory. */
const BATCH = 4096;
const PAGE = 65536;

function withVectors({ filters, taps, up, down }: FilterBank): Convolve {
  const step = Math.floor(down / up);
  const outAt = filters.byteLength;
  const lineAt = outAt + BATCH * 4;
  const lineRoom = BATCH * (step + 1) + taps;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((lineAt + lineRoom * 8) / PAGE) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program()), { '': { '': memory } });
  const run = exports[''];
  new Float64Array(memory.buffer).set(filters);
  const made = new Float32Array(memory.buffer, outAt, BATCH);
  const input = new Float64Array(memory.buffer, lineAt, lineRoom);
  const tapBytes = taps * 8;

  return (line, at, phase, out) => {
    let place = phase;
    let start = at;
    for (let done = 0; done < out.length; done += BATCH) {
      const count = Math.min(BATCH, out.length - done);
      const last = start + Math.floor((place + (count - 1) * down) / up);
      input.set(line.subarray(start, last + taps));
      const outEnd = outAt + count * 4;
      run?.(lineAt, place * tapBytes, outAt, outEnd, tapBytes, step * 8, (down % up) * tapBytes, filters.byteLength);
      out.set(made.subarray(0, count), done);
      place += count * down;
      start += Math.floor(place / up);
      place %= up;
    }
  };
}

/** As much of it as we use: the types of Node name none of its values. It is missing where no code may be made. */
interface WebAssemblyInUse {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, (...parameters: number[]) => void>> };
}

const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInUse };

/** What `program` is given and what it keeps, by number. All are addresses or lengths in bytes but the two sums. */
const LINE = 0;
const FILTER = 1;
const OUT = 2;
const OUT_END = 3;
const TAPS = 4;
const STEP = 5;
const STRIDE = 6;
const FILTERS = 7;
const S = 8;
const F = 9;
const F_END = 10;
const SUM_AB = 11;
const SUM_CD = 12;

/** The module as bytes: memory comes in, a function goes out, both nameless. */
function program(): Uint8Array<ArrayBuffer> {
  const I32 = 0x7f;
  const V128 = 0x7b;
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const tee = (local: number) => [0x22, local];
  const i32 = (value: number) => [0x41, value];
  const ADD = [0x6a];
  const addTo = (local: number, what: number[]) => [...get(local), ...what, ...ADD, ...set(local)];
  const loop = (...body: number[][]) => [0x03, 0x40, ...body.flat(), 0x0b];
  const vector = (...code: number[]) => [0xfd, ...code];
  const load = (address: number, offset: number) => [...get(address), ...vector(0x00, 3, offset)];
  const product = (offset: number) => [...load(F, offset), ...load(S, offset), ...vector(0xf2, 0x01)];
  const addVector = (sum: number, what: number[]) => [...get(sum), ...what, ...vector(0xf0, 0x01), ...set(sum)];
  const both = (sum: number) => [...get(sum), ...vector(0x21, 0), ...get(sum), ...vector(0x21, 1), 0xa0];
  const zero = (sum: number) => [...vector(0x0c, ...new Array<number>(16).fill(0)), ...set(sum)];
  const LESS = [0x49];
  const NOT_LESS = [0x4f];

  const perTaps = loop(addVector(SUM_AB, product(0)), addVector(SUM_CD, product(16)), addTo(S, i32(32)), [
    ...get(F),
    ...i32(32),
    ...ADD,
    ...tee(F),
    ...get(F_END),
    ...LESS,
    0x0d,
    0,
  ]);
  const perSample = loop(
    [...zero(SUM_AB), ...zero(SUM_CD), ...get(LINE), ...set(S)],
    [...get(FILTER), ...tee(F), ...get(TAPS), ...ADD, ...set(F_END)],
    perTaps,
    // f32.store of (a + b) + (c + d)
    [...get(OUT), ...both(SUM_AB), ...both(SUM_CD), 0xa0, 0xb6, 0x38, 2, 0],
    [...addTo(LINE, get(STEP)), ...addTo(FILTER, get(STRIDE))],
    [...get(FILTER), ...get(FILTERS), ...NOT_LESS, 0x04, 0x40],
    [...addTo(LINE, i32(8)), ...get(FILTER), ...get(FILTERS), 0x6b, ...set(FILTER), 0x0b],
    [...get(OUT), ...i32(4), ...ADD, ...tee(OUT), ...get(OUT_END), ...LESS, 0x0d, 0],
  );
  const code = [2, 3, I32, 2, V128, ...perSample, 0x0b];
  const section = (id: number, ...content: number[]) => [id, ...leb(content.length), ...content];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 8, ...new Array<number>(8).fill(I32), 0),
    ...section(2, 1, 0, 0, 2, 0, 1),
    ...section(3, 1, 0),
    ...section(7, 1, 0, 0, 0),
    ...section(10, 1, ...leb(code.length), ...code),
  ]);
}

/** A length below 16384 as WebAssembly writes numbers. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, value >> 7];
}
