import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { createSrtSink, createVttSink } from '../../src/sinks/subtitles.ts';
import { openFileTarget } from '../../src/sinks/target.ts';
import type { SinkEvent } from '../../src/speech.ts';
import { assertHolds, audio, contextOf, missing, play, run, type Setting, scratch, word } from './setting.ts';

const sinks = { srt: createSrtSink, vtt: createVttSink };
type Form = keyof typeof sinks;

async function write(
  test: TestContext,
  form: Form,
  events: Iterable<SinkEvent>,
  setting: Setting = {},
): Promise<string> {
  const path = join(scratch(test), `a.${form}`);
  const context = contextOf(setting);
  const sink = sinks[form](await openFileTarget(path, context), context);
  await play(sink, events);
  await sink.close();
  return readFileSync(path, 'utf8');
}

interface Shown {
  readonly start: number;
  readonly end: number;
  readonly lines: string[];
}

/** Reads subtitles as strictly as a bad player: blocks between blank lines, numbered in SubRip. */
function parse(form: Form, text: string): Shown[] {
  if (text === '') return [];
  assert.ok(text.endsWith('\n\n'), 'ends with a whole block');
  const blocks = text.slice(0, -2).split('\n\n');
  if (form === 'vtt') assert.equal(blocks.shift(), 'WEBVTT');
  return blocks.map((block, index) => {
    const lines = block.split('\n');
    if (form === 'srt') assert.equal(lines.shift(), String(index + 1));
    const mark = form === 'srt' ? ',' : '.';
    const timing = new RegExp(
      `^(\\d\\d+):(\\d\\d):(\\d\\d)\\${mark}(\\d{3}) --> (\\d\\d+):(\\d\\d):(\\d\\d)\\${mark}(\\d{3})$`,
    );
    const [, ...digits] = timing.exec(lines.shift() ?? '') ?? assert.fail(`no times in: ${block}`);
    const [h1 = 0, m1 = 0, s1 = 0, ms1 = 0, h2 = 0, m2 = 0, s2 = 0, ms2 = 0] = digits.map(Number);
    for (const line of lines) {
      assert.ok(!line.includes('-->'));
      assert.equal(line.trim(), line);
      assert.notEqual(line, '');
      assert.doesNotMatch(line, /[\p{Cc}\u2028\u2029]/u);
      if (form === 'vtt') assert.doesNotMatch(line, /[<>]|&(?!amp;|lt;|gt;)/);
    }
    assert.ok(lines.length > 0, 'a cue shows something');
    return { start: ((h1 * 60 + m1) * 60 + s1) * 1000 + ms1, end: ((h2 * 60 + m2) * 60 + s2) * 1000 + ms2, lines };
  });
}

/** No more than is read at a glance; a wide character counts as two. */
function assertReadable({ lines }: Shown): void {
  assert.ok(lines.length <= 2, `${lines.length} lines: ${lines.join(' | ')}`);
  for (const line of lines.map(each => each.replace(/&(?:amp|lt|gt);/g, '?')))
    assert.ok(line.length <= (/[\u3000-\u9fff]/.test(line) ? 20 : 42), line);
}

const silence = (seconds: number) => audio(Buffer.alloc(seconds * 48000));
const forms: Form[] = ['srt', 'vtt'];

describe('subtitles', () => {
  it('look as their formats want', async test => {
    const events = [
      { type: 'text', text: 'Hello, wörld.' } as const,
      silence(4000),
      word('Hello,', 0.5, 1),
      word('wörld.', 3661.25, 3662.0009),
    ];
    assert.equal(
      await write(test, 'srt', events, { cues: 'word' }),
      '1\n00:00:00,500 --> 00:00:01,000\nHello,\n\n2\n01:01:01,250 --> 01:01:02,000\nwörld.\n\n',
    );
    assert.equal(
      await write(test, 'vtt', events, { cues: 'word' }),
      'WEBVTT\n\n00:00:00.500 --> 00:00:01.000\nHello,\n\n01:01:01.250 --> 01:01:02.000\nwörld.\n\n',
    );
  });

  it('show the text as it was written, however it came in', async test => {
    for (const form of forms) {
      const events = [
        { type: 'text', text: '“Tr' } as const,
        { type: 'text', text: 'op”, l' } as const,
        { type: 'text', text: 'aisse;\nça va?' } as const,
        silence(3),
        word('trop', 0, 0.5),
        word('laisse', 0.5, 1),
        word('ça', 1, 1.5),
        word('va', 1.5, 2),
      ];
      const shown = parse(form, await write(test, form, events, { cues: 'sentence' }));
      assert.equal(shown.flatMap(cue => cue.lines).join(' '), '“Trop”, laisse; ça va?');
    }
  });

  it('escape what would be read as something else (T8)', async test => {
    const text = '<b>x</b> & a-->b --> "q" {\\an8}';
    const words = text.split(' ');
    const events = [
      { type: 'text', text } as const,
      silence(words.length),
      ...words.map((each, index) => word(each, index, index + 1)),
    ];
    for (const cues of ['word', 'phrase', 'sentence'] as const) {
      const vtt = parse('vtt', await write(test, 'vtt', events, { cues }))
        .flatMap(cue => cue.lines)
        .join(' ');
      const decoded = vtt.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      if (cues !== 'word') assert.ok(decoded.includes('a-->b'), decoded);
      const srt = parse('srt', await write(test, 'srt', events, { cues }))
        .flatMap(cue => cue.lines)
        .join(' ');
      assert.ok(srt.includes('a→b'), srt);
    }
  });

  it('without any times are a valid empty file, and say so', async test => {
    for (const form of forms) {
      const wordless: string[] = [];
      const text = await write(test, form, [{ type: 'text', text: '2 + 2 = 4' }, silence(1)], { wordless });
      assert.equal(text, form === 'srt' ? '' : 'WEBVTT\n\n');
      assert.match(wordless.join(), /a\.(srt|vtt)$/);
    }
  });

  it('are right to left where the text is', async test => {
    const events = [{ type: 'text', text: 'שלום עולם' } as const, silence(2), word('שלום', 0, 1), word('עולם', 1, 2)];
    for (const form of forms) {
      const shown = parse(form, await write(test, form, events, { cues: 'sentence' }));
      assert.deepEqual(
        shown.flatMap(cue => cue.lines),
        ['שלום עולם'],
      );
    }
  });

  it('give the text of a moment too short to show to their neighbour', async test => {
    const events = [silence(2), word('a', 0, 0), word('b', 0, 1), word('c', 1, 1.0002), word('d', 1.0002, 2)];
    for (const form of forms) {
      const shown = parse(form, await write(test, form, events, { cues: 'word' }));
      assert.equal(shown.flatMap(cue => cue.lines).join(' '), 'a b c d');
    }
  });

  it('stay readable where sentences share their times', async test => {
    const text = 'Sentence number one is about as long as a line can be, or longer. '.repeat(3);
    const words = text.trim().split(' ');
    for (const [start, before] of [
      [0, ''],
      [1, 'Before. '],
    ] as const) {
      for (const cues of ['word', 'phrase', 'sentence'] as const) {
        const events = [
          { type: 'text', text: before + text } as const,
          silence(4),
          ...(before === '' ? [] : [word('Before.', 0, 1)]),
          ...words.map(each => word(each, start, start + 3)),
        ];
        const shown = parse('srt', await write(test, 'srt', events, { cues }));
        assert.equal(shown.flatMap(cue => cue.lines).join(' '), (before + text).trim());
        for (const cue of shown) assertReadable(cue);
        if (before !== '' && cues !== 'phrase')
          assert.deepEqual(shown[0]?.lines, ['Before.'], 'what comes at once with the next is not the last');
      }
    }
  });

  it('share a time in a script without blanks, too', async test => {
    const text = '海の向こうの町では、毎年この季節になると静かな祭りが行われるという話を聞いた。'.repeat(3);
    const events = [{ type: 'text', text } as const, silence(3), ...[...text].map(each => word(each, 0, 3))];
    const shown = parse('srt', await write(test, 'srt', events, { cues: 'sentence' }));
    assert.equal(shown.flatMap(cue => cue.lines).join(''), text);
    for (const cue of shown) assertReadable(cue);
  });

  it('show what is said at the end though no times came for it', async test => {
    const events = [{ type: 'text', text: 'So: 2 + 2 = 4.' } as const, silence(4), word('So:', 0, 1)];
    for (const form of forms) {
      const shown = parse(form, await write(test, form, events, { cues: 'word' }));
      assert.equal(shown.flatMap(cue => cue.lines).join(' '), 'So: 2 + 2 = 4.');
      assert.equal(shown.at(-1)?.end, 4000);
    }
  });

  it('are valid, in order and inside the audio, whatever comes (F13)', async test => {
    const time = fc.oneof(fc.double({ min: -1, max: 5 }), fc.double());
    const unit = fc.constantFrom(
      'a',
      'é',
      ' ',
      '\n',
      '\r',
      '\u0085',
      '\u2028',
      '\0',
      '-->',
      '<',
      '&',
      '1',
      '.',
      '👋',
      'ש',
      '\ud83d',
    );
    const text = fc.string({ unit, maxLength: 12 });
    const event = fc.oneof(
      fc.record({ type: fc.constant('text' as const), text }),
      fc.tuple(text, time, time).map(args => word(...args)),
      fc.integer({ min: 0, max: 48000 }).map(count => audio(Buffer.alloc(count))),
    );
    const cues = fc.constantFrom('word' as const, 'phrase' as const, 'sentence' as const);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...forms),
        cues,
        fc.array(event, { maxLength: 20 }),
        async (form, mode, events) => {
          const shown = parse(form, await write(test, form, [...events, silence(1)], { cues: mode }));
          const bytes = events.reduce((sum, each) => sum + (each.type === 'audio' ? each.chunk.length : 0), 48000);
          let reached = 0;
          for (const { start, end, lines } of shown) {
            assert.ok(start >= reached && end > start, `${reached} ${start} ${end}`);
            if (end - start > 1) assertReadable({ start, end, lines });
            reached = end;
          }
          assert.ok(reached <= (bytes / 48000) * 1000, 'inside the audio');
        },
      ),
      { numRuns: 150 },
    );
  });

  it('cut short leave nothing, or, when wished, what was settled', async test => {
    for (const keepPartial of [false, true]) {
      const folder = scratch(test);
      const context = contextOf({ keepPartial, cues: 'word' });
      const sink = createVttSink(await openFileTarget(join(folder, 'a.vtt'), context), context);
      await play(sink, [{ type: 'text', text: 'a b' }, word('a', 0, 1), silence(1), word('b', 1, 2)]);
      await sink.abort(new Error('enough'));
      assertHolds(folder, ...(keepPartial ? ['a.vtt'] : []));
      if (keepPartial) assert.ok(parse('vtt', readFileSync(join(folder, 'a.vtt'), 'utf8')).length > 0);
    }
  });

  it('are read by ffmpeg', { skip: missing('ffprobe') }, async test => {
    const events = [{ type: 'text', text: 'one & <two>' } as const, silence(2), word('one', 0, 1), word('two', 1, 2)];
    for (const form of forms) {
      const path = join(scratch(test), `b.${form}`);
      const context = contextOf({ cues: 'word' });
      const sink = sinks[form](await openFileTarget(path, context), context);
      await play(sink, events);
      await sink.close();
      const args = ['-v', 'error', '-show_entries', 'packet=pts_time,duration_time', '-of', 'csv=p=0', path];
      assert.deepEqual(run('ffprobe', args).trim().split('\n'), ['0.000000,1.000000', '1.000000,1.000000']);
    }
  });
});
