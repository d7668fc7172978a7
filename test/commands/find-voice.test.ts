/** A voice found by what a person calls it, never guessed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findVoice } from '../../src/commands/voice-search.ts';
import type { Voice } from '../../src/speech.ts';
import { failsWith } from '../support/folder.ts';

const VOICES: readonly Voice[] = [
  { id: 'a1', name: 'Anna' },
  { id: 'a2', name: 'Anna Maria' },
  { id: 'b1', name: 'Bob' },
  { id: 'bob', name: 'Robert' },
  { id: 'c1', name: 'carla' },
  { id: 'c2', name: 'Carla' },
];
const found = (wanted: string) => findVoice(wanted, VOICES).id;

describe('findVoice', () => {
  it('takes an exact id before everything else', () => {
    assert.equal(found('bob'), 'bob');
  });

  it('takes an exact name, also where others begin with it or differ in case', () => {
    assert.equal(found('Anna'), 'a1');
    assert.equal(found('Carla'), 'c2');
    assert.equal(found('carla'), 'c1');
  });

  it('takes a name in another case where only one has it', () => {
    assert.equal(found('ROBERT'), 'bob');
    assert.equal(found('anna'), 'a1');
  });

  it('takes the only beginning of an id or a name', () => {
    assert.equal(found('Anna M'), 'a2');
    assert.equal(found('rob'), 'bob');
  });

  it('never takes a part from the middle', () => {
    assert.throws(() => found('Maria'), failsWith('usage', /no voice is called "Maria"/, /aloud voices/));
  });

  it('lists the candidates of what is ambiguous, in one case as in many', () => {
    assert.throws(
      () => found('a'),
      failsWith('usage', /"a" could be 2 voices: a1, Anna; a2, Anna Maria$/, /by its id/),
    );
    assert.throws(() => found('CARLA'), failsWith('usage', /could be 2 voices: c1, carla; c2, Carla$/, /by its id/));
    const many = Array.from({ length: 40 }, (_, i) => ({ id: `v${i}`, name: `Voice ${i}` }));
    assert.throws(() => findVoice('v', many), failsWith('usage', /could be 40 voices: .*; and 28 more$/, /by its id/));
  });

  it('suggests what may be meant, and shows nothing that a terminal obeys', () => {
    assert.throws(() => found('Robrt'), failsWith('usage', /no voice/, /did you mean Robert\?/));
    const hostile = [
      { id: 'x\u001b[31m', name: 'evil\u0007' },
      { id: 'xy', name: 'y' },
    ];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    const obeyed = /[\u0000-\u001f]/;
    assert.throws(
      () => findVoice('x', hostile),
      error => !obeyed.test(String((error as { hint?: string }).hint)),
    );
  });
});
