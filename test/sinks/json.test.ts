import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { createJsonSink } from '../../src/sinks/json.ts';
import { openFileTarget, openStreamTarget } from '../../src/sinks/target.ts';
import type { SinkEvent } from '../../src/speech.ts';
import { assertHolds, audio, contextOf, phoneme, play, S16, type Setting, samples, scratch, word } from './setting.ts';

const schemaFile = join(import.meta.dirname, '../../schemas/timestamps.schema.json');
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(schemaFile, 'utf8')),
);

function assertValid(document: unknown): void {
  assert.ok(validate(document), JSON.stringify(validate.errors));
}

async function writeJson(test: TestContext, events: Iterable<SinkEvent>, setting: Setting = {}) {
  const path = join(scratch(test), 'a.json');
  const context = contextOf(setting);
  const sink = createJsonSink(await openFileTarget(path, context), context);
  await play(sink, events);
  await sink.close();
  const document = JSON.parse(readFileSync(path, 'utf8'));
  assertValid(document);
  return document;
}

describe('a JSON sidecar', () => {
  it('says everything that is known of a run', async test => {
    const document = await writeJson(
      test,
      [
        { type: 'text', text: 'Hel' },
        { type: 'context', contextId: 'c1', requestId: 'r1' },
        { type: 'text', text: 'lo, “Wörld”\n' },
        audio(samples(S16, 24001)),
        word('Hello,', 0, 0.41),
        phoneme('h', 0, 0.1),
        word('“Wörld”', 0.41, 3),
        phoneme('ɛ', 0.1, 0.2),
        { type: 'flushed' },
        { type: 'context', contextId: 'c2' },
        { type: 'context', contextId: 'c2', requestId: 'r1' },
      ],
      { request: { language: 'en', timestamps: ['word', 'phoneme'] } },
    );
    assert.deepEqual(document, {
      version: 1,
      created_by: 'aloud 0.0.0',
      provider: 'local',
      model: 'sonic-3',
      voice: 'v-1',
      language: 'en',
      encoding: 'pcm_s16le',
      sample_rate: 24000,
      words: [
        { text: 'Hello,', start: 0, end: 0.41 },
        { text: '“Wörld”', start: 0.41, end: 1.000042 },
      ],
      phonemes: [
        { text: 'h', start: 0, end: 0.1 },
        { text: 'ɛ', start: 0.1, end: 0.2 },
      ],
      text: 'Hello, “Wörld”\n',
      duration: 1.000042,
      context_ids: ['c1', 'c2'],
      request_ids: ['r1'],
    });
  });

  it('has phonemes only when they were asked for', async test => {
    const document = await writeJson(test, [audio(samples(S16, 100)), phoneme('h', 0, 0.001), word('a', 0, 0.001)]);
    assert.ok(!('phonemes' in document));
    assert.equal(document.language, null);
  });

  it('is valid without times, and says that there are none', async test => {
    const wordless: string[] = [];
    const setting: Setting = { wordless, request: { timestamps: ['word', 'phoneme'] } };
    const document = await writeJson(test, [audio(samples(S16, 100))], setting);
    assert.deepEqual([document.words, document.phonemes], [[], []]);
    assert.equal(wordless.length, 1);
    assert.match(wordless[0] ?? '', /a\.json$/);
  });

  it('conforms to its schema whatever the words and the text are (F13, T8)', async test => {
    const time = fc.oneof(fc.double({ min: -1, max: 3 }), fc.double());
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('-->', '"', '\\', '=1+1', '\u2028', '\ud83d', '\ude00'),
    );
    const event = fc.oneof(
      fc.record({ type: fc.constant('text' as const), text }),
      fc.tuple(text, time, time).map(args => word(...args)),
      fc.tuple(text, time, time).map(args => phoneme(...args)),
      fc.integer({ min: 0, max: 24000 }).map(count => audio(Buffer.alloc(count * 2))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 15 }), async events => {
        const document = await writeJson(test, events, { request: { timestamps: ['word', 'phoneme'] } });
        const said = events.map(each => (each.type === 'text' ? each.text : '')).join('');
        assert.equal(document.text, said);
        for (const track of [document.words, document.phonemes]) {
          let reached = 0;
          for (const { start, end } of track) {
            assert.ok(start >= reached && end >= start && end <= document.duration);
            reached = end;
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('holds tens of thousands of words and phonemes, in order', async test => {
    const count = 40_000;
    const path = join(scratch(test), 'a.json');
    const context = contextOf({ request: { timestamps: ['word', 'phoneme'] } });
    const sink = createJsonSink(await openFileTarget(path, context), context);
    const tenth = samples(S16, 2400);
    for (let index = 0; index < count; index += 1) {
      await sink.write(audio(tenth));
      await sink.write({ type: 'text', text: `w${index} ` });
      await sink.write(word(`w${index}`, index / 10, (index + 1) / 10));
      await sink.write(phoneme(`p${index}`, index / 10, (index + 1) / 10));
    }
    await sink.close();
    const document = JSON.parse(readFileSync(path, 'utf8'));
    assert.equal(document.words.length, count);
    assert.equal(document.phonemes.length, count);
    assert.equal(document.phonemes[count - 1].text, `p${count - 1}`);
    assert.equal(document.words[count - 1].end, count / 10);
    assert.equal(
      document.text.length,
      document.words.reduce((sum: number, each: { text: string }) => sum + each.text.length + 1, 0),
    );
  });

  it('of a run cut short leaves nothing, or, when wished, a valid file', async test => {
    const folder = scratch(test);
    for (const keepPartial of [false, true]) {
      const context = contextOf({ keepPartial, request: { timestamps: ['word'] } });
      const sink = createJsonSink(await openFileTarget(join(folder, 'a.json'), context), context);
      await play(sink, [word('a', 0, 0.1), word('b', 0.1, 0.2), audio(samples(S16, 24000))]);
      await sink.abort(new Error('enough'));
      assertHolds(folder, ...(keepPartial ? ['a.json'] : []));
    }
    const document = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8'));
    assertValid(document);
    assert.equal(document.words.length, 2);
  });

  it('may go to standard output', async () => {
    const stdout = new PassThrough();
    const read = readText(stdout);
    const context = contextOf({ stdout });
    const sink = createJsonSink(await openStreamTarget(stdout), context);
    await play(sink, [word('a', 0, 0.1), audio(samples(S16, 24000))]);
    await sink.close();
    stdout.end();
    assertValid(JSON.parse(await read));
  });
});
