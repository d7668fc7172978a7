import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesPerSample, ENCODINGS, encode, SAMPLE_RATES, seconds } from '../../src/audio.ts';
import { type Engine, openEngine } from '../../src/engine/index.ts';
import type { Encoding, Granularity, Piece, Span, SpeechEvent, SpeechRequest } from '../../src/speech.ts';
import { collect, from } from '../support/collect.ts';

const REQUEST: SpeechRequest = {
  model: 'any',
  voice: 'en-us',
  format: { encoding: 'pcm_s16le', sampleRate: 24000 },
  timestamps: [],
};

const PROSE = 'It costs $12.50, e.g. for 42 people! Dr. Smith — who came at 10:30 — paid 3/4 🙂 of it. Was that “all”?';

let engine: Engine;
before(async () => {
  engine = await openEngine();
});
after(() => engine.close());

const never = () => new AbortController().signal;

function speak(pieces: Piece | readonly Piece[], changes: Partial<SpeechRequest> = {}): Promise<SpeechEvent[]> {
  const transcript = from(...(Array.isArray(pieces) ? (pieces as Piece[]) : [pieces as Piece]));
  return collect(engine.synthesize(transcript, { ...REQUEST, ...changes }, never()));
}

function audio(events: readonly SpeechEvent[]): Buffer {
  return Buffer.concat(events.map(event => (event.type === 'audio' ? event.chunk : new Uint8Array(0))));
}

function samples(events: readonly SpeechEvent[]): Int16Array {
  const bytes = audio(events);
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
}

function spans(events: readonly SpeechEvent[], granularity: Granularity): Span[] {
  return events.flatMap(event =>
    event.type === 'timestamps' && event.granularity === granularity ? [...event.spans] : [],
  );
}

function peak(pcm: Int16Array): number {
  return pcm.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Spans in order, without overlap, inside the audio. */
function assertOrderly(found: readonly Span[], end: number): void {
  let last = 0;
  for (const span of found) {
    assert.ok(span.start >= last && span.end >= span.start && span.end <= end, `${JSON.stringify(span)} after ${last}`);
    last = span.end;
  }
}

describe('the built-in engine', () => {
  it('speaks at a healthy level, with natural pauses between sentences', async () => {
    const pcm = samples(await speak('The first sentence is here. The second one follows it.'));
    const rate = REQUEST.format.sampleRate;
    assert.ok(peak(pcm) > 8000 && peak(pcm) < 32767, `peak ${peak(pcm)}`);
    const quiet = quietStretches(pcm, rate);
    assert.equal(quiet.length, 2, JSON.stringify(quiet));
    for (const length of quiet) assert.ok(length >= 0.2 && length <= 0.6, JSON.stringify(quiet));
  });

  it('gives the same bytes in every call, whatever was spoken before', async () => {
    const first = audio(await speak(PROSE));
    await speak('Something else, in another voice.', { voice: 'de+f2', speed: 1.4, volume: 0.5 });
    await speak(`${'a'.repeat(3000)} 你好`);
    assert.deepEqual(audio(await speak(PROSE)), first);
  });

  it('gives the same bytes in every process, and does not hold up the end of it', async () => {
    const code = `
      import { createHash } from 'node:crypto';
      import { openEngine } from ${JSON.stringify(new URL('../../src/engine/index.ts', import.meta.url).href)};
      const idle = await openEngine();
      const engine = await openEngine();
      const hash = createHash('sha256');
      async function* text() { yield ${JSON.stringify(PROSE)}; }
      for await (const event of engine.synthesize(text(), ${JSON.stringify(REQUEST)}, new AbortController().signal)) {
        hash.update(event.chunk);
      }
      await engine.close();
      console.log(hash.digest('hex'));`;
    const other = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(other.status, 0, other.stderr);
    const hash = createHash('sha256').update(audio(await speak(PROSE)));
    assert.equal(other.stdout.trim(), hash.digest('hex'));
  });

  it('gives the same bytes however the text was cut into pieces', async () => {
    const whole = await speak(PROSE, { timestamps: ['word'] });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(PROSE.length), { maxLength: 12 }), async cuts => {
        const places = [...cuts, 0, PROSE.length].sort((a, b) => a - b);
        const pieces = places.slice(1).map((place, i) => PROSE.slice(places[i], place));
        const cut = await speak(pieces, { timestamps: ['word'] });
        assert.deepEqual(audio(cut), audio(whole));
        assert.deepEqual(spans(cut, 'word'), spans(whole, 'word'));
      }),
      { numRuns: 8 },
    );
  });

  it('speaks a sentence alike alone and among others', async () => {
    const sentences = ['One is here. ', 'Two comes, too. ', 'And three!'];
    const apart = await Promise.all(sentences.map(sentence => speak(sentence)));
    assert.deepEqual(audio(await speak(sentences)), Buffer.concat(apart.map(audio)));
  });

  it('writes all encodings at all rates, of the right length and the same sound', async () => {
    const text = 'Ten words of text.';
    const native = samples(await speak(text, { format: { encoding: 'pcm_s16le', sampleRate: 22050 } })).length;
    for (const sampleRate of SAMPLE_RATES) {
      const floats = audio(await speak(text, { format: { encoding: 'pcm_f32le', sampleRate } }));
      const made = new Float32Array(new Uint8Array(floats).buffer);
      assert.equal(made.length, Math.round((native * sampleRate) / 22050));
      for (const encoding of Object.keys(ENCODINGS) as Encoding[]) {
        const format = { encoding, sampleRate };
        const events = await speak(text, { format });
        assert.deepEqual(audio(events), Buffer.from(encode(made, encoding)), `${encoding} ${sampleRate}`);
        const lengths = events.flatMap(event => (event.type === 'audio' ? [event.chunk.length] : []));
        assert.ok(lengths.slice(0, -1).every(length => length === 4096 * bytesPerSample(format)));
      }
    }
  });

  it('ends a flush with `flushed`, behind the audio of all that came before', async () => {
    const flush = { flush: true } as const;
    const events = await speak(['One, tw', 'o', flush, flush, ' three. Four.', flush]);
    const at = events.flatMap((event, i) => (event.type === 'flushed' ? [i] : []));
    assert.equal(at.length, 3);
    assert.equal(at[1], (at[0] ?? 0) + 1);
    assert.equal(at[2], events.length - 1);
    assert.deepEqual(audio(events.slice(0, at[0])), audio(await speak('One, two')));
    assert.deepEqual(audio(events.slice(at[1])), audio(await speak('three. Four.')));
  });

  it('speaks a sentence as soon as another has begun', async () => {
    let heard: () => void = () => {};
    const first = new Promise<void>(resolve => {
      heard = resolve;
    });
    async function* text() {
      yield 'The first is complete. And the second';
      await first;
      yield ' is not.';
    }
    let count = 0;
    for await (const event of engine.synthesize(text(), REQUEST, never())) {
      if (event.type === 'audio') count += 1;
      heard();
    }
    assert.ok(count > 5);
  });

  it('obeys speed and volume, and the tags of the service', async () => {
    const text = 'Once upon a time there was a voice';
    const [normal, fast, slow, legacy] = await Promise.all([
      speak(text).then(samples),
      speak(text, { speed: 1.5 }).then(samples),
      speak(text, { speed: 0.6 }).then(samples),
      speak(text, { legacySpeed: 'fast' }).then(samples),
    ]);
    assert.ok(fast.length < normal.length * 0.75 && slow.length > normal.length * 1.4);
    assert.ok(legacy.length < normal.length * 0.9 && legacy.length > fast.length);
    const quiet = peak(samples(await speak(text, { volume: 0.5 })));
    const loud = samples(await speak(text, { volume: 2 }));
    assert.ok(Math.abs(quiet / peak(normal) - 0.5) < 0.05);
    assert.ok(peak(loud) > peak(normal) * 1.3);
    // What is too loud is limited, not wrapped: a wrapped sample is a leap across the whole range.
    assert.ok(loud.every((value, i) => Math.abs(value - (loud[i - 1] ?? 0)) < 40_000));
    const tagged = samples(await speak(`<speed ratio="1.5"/>${text}`));
    // Said at the start it counts as much as if it had been asked for, to the last sample.
    assert.deepEqual(tagged, fast);
    const later =
      samples(await speak(`<speed ratio="1.5"/>Hi. ${text}`)).length -
      samples(await speak('Hi.', { speed: 1.5 })).length;
    assert.ok(Math.abs(later - fast.length) < normal.length * 0.05);
    const broken = samples(await speak(`Hi <break time="2s"/> there`)).length - samples(await speak('Hi there')).length;
    assert.ok(broken > 24000 * 1.8 && broken < 24000 * 2.3, String(broken));
    assert.notDeepEqual(await speak('<spell>CAT</spell>'), await speak('CAT'));
    assert.deepEqual(audio(await speak('<emotion value="sad"/>Oh no.')), audio(await speak('Oh no.')));
  });

  it('T4 speaks < and & in prose and what looks like mark-up', async () => {
    for (const text of ['a < b & c', '<b>bold</b> words', 'open <break time="1s" never', '&amp; &lt; &nosuch']) {
      const events = await speak(text, { timestamps: ['word'] });
      assert.deepEqual(
        spans(events, 'word').map(span => span.text),
        text.split(' '),
      );
      assert.ok(peak(samples(events)) > 5000, text);
    }
  });

  it('refuses a voice it does not have', async () => {
    await assert.rejects(speak('Hi', { voice: 'nobody\u001b[31m' }), {
      kind: 'usage',
      message: 'the built-in engine has no voice "nobody[31m"',
    });
  });

  it('lists its voices', async () => {
    const voices = await engine.voices();
    assert.ok(voices.length > 100);
    assert.ok(voices.some(voice => voice.id === 'en-us' && voice.name === 'English (America)'));
    assert.match(engine.version, /^\d+\.\d+\.\d+-\d+$/);
  });
});

describe('times of the built-in engine', () => {
  const both = { timestamps: ['word', 'phoneme'] } as const;

  it('has one span for each word as written, phonemes in IPA, all inside the audio', async () => {
    const text = `${PROSE} <spell>ABC</spell> <break time="1s"/> naïve 1,000,000 times... "Well" - yes; no: 50% (maybe)`;
    const events = await speak(text, both);
    const words = spans(events, 'word');
    const phonemes = spans(events, 'phoneme');
    assert.deepEqual(
      words.map(span => span.text),
      text.split(/\s+/),
    );
    const end = seconds(audio(events).length, REQUEST.format);
    assertOrderly(words, end);
    assertOrderly(phonemes, end);
    assert.ok(phonemes.length > 100 && phonemes.some(span => span.text === 'ˈaɪ'));
    assert.deepEqual(words, spans(await speak(text, { ...both, normalizedTimestamps: true }), 'word'));
  });

  it('puts words where they are heard', async () => {
    const events = await speak('Hello, world. <break time="3s"/> Again!', { timestamps: ['word'] });
    const [hello, world, , , again] = spans(events, 'word');
    assert.ok(hello !== undefined && world !== undefined && again !== undefined);
    const pcm = samples(events);
    const loud = (span: Span) => peak(pcm.subarray(Math.round(span.start * 24000), Math.round(span.end * 24000)));
    for (const span of [hello, world, again]) assert.ok(loud(span) > 8000, span.text);
    assert.ok(loud({ text: '', start: hello.end + 0.02, end: world.start }) < 500);
    assert.ok(loud({ text: '', start: world.end + 0.02, end: again.start }) < 500);
    assert.ok(again.start - world.end > 2.9);
  });

  it('has a word start and end with its phonemes, and every word that is heard have a length', async () => {
    const unit = fc.constantFrom(
      ...[
        'of the ',
        'for a ',
        'in the ',
        'such as ',
        'it has been ',
        'a while ',
        'two ',
        'three, ',
        'stop. ',
        'to us! ',
      ],
      ...['10:30 ', '$12.50 ', '3rd ', '😀 ', '🎉🎉 ', '— ', 'AT&T ', 'a ', 'well-known ', '(so) ', '"on" ', '\n\n'],
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, minLength: 1, maxLength: 14 }), async text => {
        const events = await speak(text, both);
        const words = spans(events, 'word');
        const phonemes = spans(events, 'phoneme');
        for (const { text: word, start, end } of words) {
          assert.ok(end > start || !/[\p{L}\p{N}😀🎉]/u.test(word), `${word} has no length in ${JSON.stringify(text)}`);
          if (end === start) continue;
          assert.ok(
            phonemes.some(phoneme => phoneme.start === start) && phonemes.some(phoneme => phoneme.end === end),
            word,
          );
          assert.ok(!phonemes.some(phoneme => phoneme.start < start && phoneme.end > start), word);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('tells the words apart that espeak-ng speaks as one', async () => {
    const events = await speak('One two three. for a while of the end', both);
    const phonemes = spans(events, 'phoneme').filter(phoneme => phoneme.end > phoneme.start);
    const said = spans(events, 'word').map(({ text, start, end }) => {
      const inside = phonemes.filter(phoneme => phoneme.start >= start && phoneme.end <= end);
      return `${text} ${inside.map(phoneme => phoneme.text).join('')}`;
    });
    assert.deepEqual(said, [
      'One wˈʌn',
      'two tˈuː',
      'three. θɹˈiː',
      'for fɚɹ',
      'a ə',
      'while wˈaɪ',
      'of ʌv',
      'the ðɪ',
      'end ˈɛnd',
    ]);
  });

  it('does not drift over many sentences', async () => {
    const count = 60;
    const events = await speak('Tick. '.repeat(count), {
      timestamps: ['word'],
      format: { encoding: 'pcm_mulaw', sampleRate: 8000 },
    });
    const words = spans(events, 'word');
    const each = audio(events).length / count / 8000;
    assert.equal(words.length, count);
    for (const [i, word] of words.entries()) assert.ok(Math.abs(word.start - i * each) < 1 / 8000, `${i}`);
  });

  it('tells them only when asked', async () => {
    assert.deepEqual(spans(await speak('Hi there.'), 'word'), []);
    const phonemes = await speak('Hi there.', { timestamps: ['phoneme'] });
    assert.deepEqual(spans(phonemes, 'word'), []);
    assert.ok(spans(phonemes, 'phoneme').length >= 4);
  });

  it('has a span for each character of Chinese and Japanese', async () => {
    for (const [voice, text] of [
      ['cmn', '你好世界，我很好。再见！'],
      ['ja', '今日はいい天気ですね。こんにちは、せかい。'],
      ['yue', '你好'],
    ] as const) {
      const events = await speak(text, { voice, ...both });
      const words = spans(events, 'word');
      assert.equal(words.map(span => span.text).join(''), text);
      assert.equal(words.length, text.replace(/\p{P}/gu, '').length);
      assert.ok(
        words.every(span => span.end > span.start),
        JSON.stringify(words),
      );
      assertOrderly(words, seconds(audio(events).length, REQUEST.format));
      assert.ok(spans(events, 'phoneme').every(span => !span.text.startsWith('(')));
    }
  });

  it('stays orderly whatever is said', async () => {
    const unit = fc.constantFrom(
      ...[
        'a',
        'e',
        'no',
        'the ',
        'Word ',
        '7',
        '12',
        '.',
        ',',
        '! ',
        '? ',
        ' ',
        '\n\n',
        '$',
        '%',
        '-',
        '"',
        '(',
        '<',
        '&',
        '[[',
      ],
      ...[
        'é',
        'ß',
        'ж',
        'א',
        'ع',
        '你',
        'の',
        'ไ',
        '🙂',
        '👩‍👧',
        '\u0301',
        '\u200d',
        '\0',
        '\ud83d',
        '<break time="1ms"/>',
        '<spell>',
        '</spell>',
      ],
    );
    const voice = fc.constantFrom('en-us', 'en-us', 'de', 'fr', 'cmn', 'ja', 'ar', 'ru', 'hi');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, maxLength: 60 }), voice, async (text, voice) => {
        const events = await speak(text, { voice, ...both });
        const end = seconds(audio(events).length, REQUEST.format);
        assertOrderly(spans(events, 'word'), end);
        assertOrderly(spans(events, 'phoneme'), end);
        const said = spans(events, 'word').map(span => span.text);
        assert.equal(said.join(''), text.replace(/\s+/g, ''));
      }),
      { numRuns: 60 },
    );
  });
});

describe('text that is hard on the built-in engine', () => {
  it('T2 is silent, or speaks, but does not hang', async () => {
    for (const text of ['', ' ', '\n\n']) assert.deepEqual(await speak(text), [], JSON.stringify(text));
    assert.equal(peak(samples(await speak('...'))), 0);
    assert.equal(peak(samples(await speak('<break time="500ms"/>'))), 0);
    assert.ok(seconds(audio(await speak('<break time="500ms"/>')).length, REQUEST.format) >= 0.5);
    assert.ok(peak(samples(await speak('🙂'))) > 5000);
    assert.deepEqual(await speak([]), []);
  });

  it('T3 speaks 100 kB without a blank, in parts', async () => {
    let bytes = 0;
    let words = 0;
    const text = 'ab1'.repeat(33_000);
    const request = {
      ...REQUEST,
      timestamps: ['word'] as const,
      format: { encoding: 'pcm_mulaw', sampleRate: 8000 } as const,
    };
    for await (const event of engine.synthesize(from(text), request, never())) {
      if (event.type === 'audio') bytes += event.chunk.length;
      if (event.type === 'timestamps') words += event.spans.reduce((sum, span) => sum + span.text.length, 0);
      if (words > 400) break;
    }
    assert.ok(bytes > 8000 * 30 && words <= 800, `${bytes} bytes, ${words} characters`);
  });

  it('T1 speaks NUL, lone surrogates and controls as blanks', async () => {
    assert.deepEqual(audio(await speak('one\0two \ud800 three\u0007')), audio(await speak('one two   three ')));
  });
});

function quietStretches(pcm: Int16Array, rate: number): number[] {
  const found: number[] = [];
  let since = 0;
  for (let i = 0; i <= pcm.length; i++) {
    if (i < pcm.length && Math.abs(pcm[i] ?? 0) < 50) continue;
    if (i - since > rate * 0.15) found.push((i - since) / rate);
    since = i + 1;
  }
  return found;
}
