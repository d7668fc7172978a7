/** What is noted of a speech in parts, to go on from the end of one of them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createJournal } from '../../src/commands/journal.ts';
import type { SpeechEvent } from '../../src/speech.ts';
import { collect, from } from '../support/collect.ts';
import { ownFolder } from '../support/folder.ts';
import { recorded } from '../support/scripted-synthesizer.ts';
import { REQUEST } from '../support/wire.ts';

const sound = (size: number): SpeechEvent => ({ type: 'audio', chunk: Buffer.alloc(size) });
const context = (contextId: string): SpeechEvent => ({ type: 'context', contextId });
const digestOf = (text: string | Buffer) => createHash('sha256').update(text).digest('hex');

/** A journal that has heard of two parts, of 10 and 20 bytes, and of the beginning of a third. */
async function heard() {
  const journal = createJournal();
  const script = recorded(async function* () {
    yield context('a');
    yield sound(10);
    journal.part('One. ', true);
    yield context('b');
    yield sound(15);
    yield { type: 'timestamps', granularity: 'word', spans: [{ text: 'ü', start: 0, end: 1 }] };
    yield sound(5);
    journal.part('Two ü. ', true);
    yield context('c');
    yield sound(7);
  });
  const events = await collect(journal.around(script).synthesize(from('…'), REQUEST, new AbortController().signal));
  return { journal, events, script };
}

describe('the journal', () => {
  it('passes events on as they are', async () => {
    const { journal, events } = await heard();
    assert.deepEqual(
      events.map(({ type }) => type),
      ['context', 'audio', 'context', 'audio', 'timestamps', 'audio', 'context', 'audio'],
    );
    await journal.release();
  });

  it('knows the last end of a part within so much sound', async () => {
    const { journal } = await heard();
    const marks = [0, 9, 10, 29, 30, 1000].map(bytes => journal.markWithin(bytes)?.parts);
    assert.deepEqual(marks, [undefined, undefined, 1, 1, 2, 2]);
    const { characters, digest, audioBytes } = journal.markWithin(40) ?? {};
    assert.deepEqual(
      { characters, digest, audioBytes },
      { characters: 12, digest: digestOf('One. Two ü. '), audioBytes: 30 },
    );
  });

  it('writes what was noted up to there, and where in the sound it came', async test => {
    const folder = await ownFolder(test);
    const { journal } = await heard();
    for (const [bytes, count] of [
      [10, 1],
      [30, 3],
    ] as const) {
      const mark = journal.markWithin(bytes);
      assert.ok(mark !== undefined);
      const path = join(folder.path, String(bytes));
      assert.equal(await journal.writeTo(path, mark), digestOf(readFileSync(path)));
      assert.equal(readFileSync(path).length, mark.noteBytes);
      const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
      const places = lines.map(line => JSON.parse(line).at);
      assert.deepEqual(places, [0, 10, 25].slice(0, count));
    }
    await journal.release();
  });

  it('knows of parts that were passed over what they said, not where they ended', () => {
    const journal = createJournal();
    journal.part('One. ', false);
    journal.part('Two. ', false);
    assert.equal(journal.parts, 2);
    assert.ok(journal.began(5, digestOf('One. ')) && journal.began(10, digestOf('One. Two. ')));
    assert.ok(!journal.began(5, digestOf('Two. ')) && !journal.began(4, digestOf('One.')));
    assert.equal(journal.markWithin(1000), undefined);
  });
});
