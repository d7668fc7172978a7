import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesPerSample, ENCODINGS, encode, expander, seconds, toS16 } from '../src/audio.ts';
import type { Encoding } from '../src/speech.ts';

const encodings = Object.keys(ENCODINGS) as Encoding[];
const everyValue = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code);
const laws = [
  { encoding: 'pcm_mulaw', sox: 'mu-law' },
  { encoding: 'pcm_alaw', sox: 'a-law' },
] as const;

const hasSox = process.env.CI !== undefined || spawnSync('sox', ['--version']).status === 0;
const needsSox = hasSox ? {} : { skip: 'sox is not installed' };

function sox(from: readonly string[], to: readonly string[], input: Uint8Array): Buffer {
  const raw = ['-t', 'raw', '-r', '8000', '-c', '1'];
  return execFileSync('sox', ['-D', ...raw, ...from, '-', ...raw, ...to, '-'], {
    input,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}

const SIGNED = ['-e', 'signed', '-b', '16'];

describe('the table of encodings', () => {
  it('counts whole samples only', () => {
    assert.equal(seconds(48001, { encoding: 'pcm_s16le', sampleRate: 24000 }), 1);
    assert.equal(seconds(3, { encoding: 'pcm_f32le', sampleRate: 8000 }), 0);
  });

  for (const { encoding, sox: name } of laws) {
    it(`gives each of the 256 codes of ${encoding} the value that sox gives it`, needsSox, () => {
      const theirs = sox(['-e', name, '-b', '8'], SIGNED, everyCode);
      assert.deepEqual(Buffer.from(toS16(encoding)(everyCode)), theirs);
    });

    it(`gives each of the 65536 values the code of ${encoding} that sox gives it`, needsSox, () => {
      const theirs = sox(SIGNED, ['-e', name, '-b', '8'], new Uint8Array(everyValue.buffer));
      assert.deepEqual(Buffer.from(encode(everyValue, encoding)), theirs);
    });

    it(`keeps every code of ${encoding} through a decoding and back`, () => {
      const back = encode(expander(encoding), encoding);
      // Mu-law has a zero of either sign.
      const expected = everyCode.map(code => (encoding === 'pcm_mulaw' && code === 0x7f ? 0xff : code));
      assert.deepEqual(back, expected);
    });
  }

  it('knows the corners of G.711', () => {
    assert.deepEqual([...expander('pcm_mulaw').slice(0, 1), expander('pcm_mulaw')[0x80]], [-32124, 32124]);
    assert.deepEqual([expander('pcm_alaw')[0x2a], expander('pcm_alaw')[0xaa]], [-32256, 32256]);
    assert.deepEqual([...encode(Int16Array.of(0, -1), 'pcm_mulaw')], [0xff, 0xff]);
    assert.deepEqual([...encode(Int16Array.of(0, -8), 'pcm_alaw')], [0xd5, 0x55]);
  });
});

describe('encode', () => {
  it('limits what is beyond full scale and takes NaN for silence', () => {
    const samples = Float32Array.of(1, -1, 2, -2, Number.NaN, Number.POSITIVE_INFINITY, 0.5);
    const s16 = encode(samples, 'pcm_s16le');
    assert.deepEqual([...new Int16Array(s16.buffer)], [32767, -32768, 32767, -32768, 0, 32767, 16384]);
  });

  it('keeps floats as they are', () => {
    const samples = Float32Array.of(1.5, -0.25);
    const bytes = encode(samples, 'pcm_f32le');
    assert.deepEqual([...new Float32Array(bytes.buffer)], [1.5, -0.25]);
    assert.notEqual(bytes.buffer, samples.buffer);
  });

  it('gives the same for integers and for the floats of the same value', () => {
    const floats = Float32Array.from(everyValue, value => value / 32768);
    for (const encoding of encodings) {
      assert.deepEqual(encode(floats, encoding), encode(everyValue, encoding), encoding);
    }
  });

  it('shares no memory with what it was given', () => {
    for (const encoding of encodings) {
      const samples = Int16Array.of(1000, 2000);
      const before = encode(samples, encoding);
      const kept = [...before];
      samples.fill(0);
      assert.deepEqual([...before], kept, encoding);
    }
  });
});

describe('toS16', () => {
  it('brings back every value that s16 and f32 can hold', () => {
    const expected = Buffer.from(everyValue.buffer);
    for (const encoding of ['pcm_s16le', 'pcm_f32le'] as const) {
      assert.deepEqual(Buffer.from(toS16(encoding)(encode(everyValue, encoding))), expected, encoding);
    }
  });

  it('takes floats from anywhere in a larger buffer', () => {
    const floats = encode(Int16Array.of(1, -2, 3), 'pcm_f32le');
    for (const offset of [0, 1, 2, 3]) {
      const larger = Buffer.alloc(offset + floats.length);
      larger.set(floats, offset);
      const heard = toS16('pcm_f32le')(larger.subarray(offset));
      assert.deepEqual(Buffer.from(heard), Buffer.from(Int16Array.of(1, -2, 3).buffer), `offset ${offset}`);
    }
  });

  it('gives the same wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...encodings),
        fc.uint8Array({ maxLength: 64 }),
        fc.array(fc.nat(9), { maxLength: 40 }),
        (encoding, bytes, cuts) => {
          const whole = toS16(encoding)(bytes);
          const convert = toS16(encoding);
          const pieces: Uint8Array[] = [];
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            // As a reader does who uses one buffer for all.
            const chunk = Uint8Array.from(bytes.subarray(at, at + cut));
            pieces.push(Uint8Array.from(convert(chunk)));
            chunk.fill(0xaa);
            at += cut;
          }
          const samples = Math.floor(bytes.length / bytesPerSample({ encoding, sampleRate: 8000 }));
          assert.deepEqual(Buffer.concat(pieces), Buffer.from(whole));
          assert.equal(whole.length, samples * 2);
        },
      ),
    );
  });
});
