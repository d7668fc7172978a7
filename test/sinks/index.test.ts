import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { audioKinds, kindAt, kindOf, openSink, type SinkKind, sinkKinds } from '../../src/sinks/index.ts';
import { failsWith } from '../support/folder.ts';
import { assertHolds, audio, contextOf, play, S16, samples, scratch, word } from './setting.ts';

const kinds = Object.keys(sinkKinds) as SinkKind[];

describe('the kind of an output', () => {
  it('is chosen by the extension, in any case', () => {
    const cases: Record<string, SinkKind> = {
      'a.wav': 'wav',
      'b/c.d.WAV': 'wav',
      'a.raw': 'raw',
      'a.pcm': 'raw',
      'a.srt': 'srt',
      'a.vtt': 'vtt',
      'a.json': 'json',
      'a.TextGrid': 'textgrid',
      'a.textgrid': 'textgrid',
      '-': 'wav',
    };
    for (const [path, kind] of Object.entries(cases)) assert.equal(kindOf(path), kind);
  });

  it('follows --format for audio and where there is no extension to go by', () => {
    assert.equal(kindOf('a.wav', 'raw'), 'raw');
    assert.equal(kindOf('a.pcm', 'wav'), 'wav');
    assert.equal(kindOf('-', 'raw'), 'raw');
    assert.equal(kindOf('/dev/null', 'raw'), 'raw');
    assert.equal(kindOf('a.sw', 'raw'), 'raw');
    assert.equal(kindOf('a.srt', 'raw'), 'srt');
  });

  it('is never guessed: an unknown extension is refused with all that are known', () => {
    for (const path of ['a.mp3', 'a', '.wav', 'a.', 'a.__proto__']) {
      assert.throws(
        () => kindOf(path),
        (error: Error & { kind: string; hint: string }) => {
          assert.equal(error.kind, 'usage');
          for (const kind of kinds) assert.ok(error.hint.includes(sinkKinds[kind].extensions[0] ?? '?'));
          return true;
        },
      );
    }
  });

  it('of a folder is told apart from a name without an extension', () => {
    assert.throws(() => kindAt(tmpdir()), failsWith('output', /: it is a folder$/, /a file inside it/));
    assert.throws(() => kindAt(join(tmpdir(), 'no', 'such')), failsWith('usage', /has no extension/));
    assert.equal(kindAt('a.wav'), 'wav');
  });

  it('has an extension and one line of description', () => {
    for (const kind of kinds) {
      const { extensions, description } = sinkKinds[kind];
      assert.ok(extensions.every(extension => kindOf(`a${extension}`) === kind));
      assert.match(description, /^[^\n]{5,110}[^.]$/);
    }
    assert.deepEqual(audioKinds, ['wav', 'raw']);
  });
});

describe('opening a sink', () => {
  for (const kind of kinds) {
    const extension = sinkKinds[kind].extensions[0] ?? '';

    it(`${kind}: appears whole, and not at all when it is aborted`, async test => {
      const folder = scratch(test);
      const context = contextOf({ request: { timestamps: ['word', 'phoneme'] } });
      for (const isAborted of [true, false]) {
        const sink = await openSink(kind, join(folder, `a${extension}`), context);
        await play(sink, [
          { type: 'text', text: 'One two' },
          { type: 'context', contextId: 'c' },
          word('One', 0, 0.2),
          audio(samples(S16, 12000)),
          word('two', 0.2, 0.5),
          { type: 'flushed' },
        ]);
        assert.ok(!existsSync(join(folder, `a${extension}`)));
        if (isAborted) await sink.abort(new Error('enough'));
        else await sink.close();
        assertHolds(folder, ...(isAborted ? [] : [`a${extension}`]));
      }
    });

    it(`${kind}: may go to standard output`, async test => {
      const folder = scratch(test);
      const stdout = new PassThrough();
      const read = buffer(stdout);
      const context = contextOf({ stdout });
      const sink = await openSink(kind, '-', context);
      await play(sink, [{ type: 'text', text: 'One' }, word('One', 0, 0.2), audio(samples(S16, 12000))]);
      await sink.close();
      stdout.end();
      assert.ok((await read).length > 0);
      assert.deepEqual(readdirSync(folder), []);
    });

    it(`${kind}: fails before anything is sent where it cannot be (O4)`, async test => {
      const folder = scratch(test);
      const path = join(folder, 'missing', `a${extension}`);
      await assert.rejects(openSink(kind, path, contextOf()), { kind: 'output', exitCode: 6 });
    });
  }
});
