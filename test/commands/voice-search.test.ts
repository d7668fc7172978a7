import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { searchVoices, speaks } from '../../src/commands/voice-search.ts';
import type { Voice } from '../../src/speech.ts';

const VOICES: readonly Voice[] = [
  { id: 'en-gb', name: 'English (Great Britain)', language: 'en-GB', gender: 'male' },
  { id: 'v2', name: 'Élodie', language: 'fr', gender: 'feminine', description: 'Warm, calm narration' },
  { id: 'v3', name: 'さくら', language: 'ja', gender: 'gender_neutral', country: 'JP' },
  { id: 'bn', name: 'Bengali', language: 'bn' },
];
const ids = (filter: Parameters<typeof searchVoices>[1]) => searchVoices(VOICES, filter).map(voice => voice.id);

describe('searching voices', () => {
  it('finds words by their beginning in all that is said about a voice, so that en is English and not Bengali', () => {
    assert.deepEqual(ids({ search: 'en' }), ['en-gb']);
    assert.deepEqual(ids({ search: 'narr warm' }), ['v2']);
    assert.deepEqual(ids({ search: 'warm english' }), []);
    assert.deepEqual(ids({ search: 'JP' }), ['v3']);
  });

  it('accents and case do not matter, and words are found inside scripts without blanks', () => {
    assert.deepEqual(ids({ search: 'elodie' }), ['v2']);
    assert.deepEqual(ids({ search: 'ÉLODIE' }), ['v2']);
    assert.deepEqual(ids({ search: 'くら' }), ['v3']);
  });

  it('an empty search finds everything', () => {
    assert.equal(ids({ search: ' ' }).length, 4);
    assert.equal(ids({}).length, 4);
  });

  it('genders have the words of every provider', () => {
    assert.deepEqual(ids({ gender: 'female' }), ['v2']);
    assert.deepEqual(ids({ gender: 'M' }), ['en-gb']);
    assert.deepEqual(ids({ gender: 'neutral' }), ['v3']);
  });

  it('en is spoken by en-GB, not the other way round', () => {
    assert.ok(speaks({ id: 'x', name: 'x', language: 'en-GB' }, 'EN'));
    assert.ok(speaks({ id: 'x', name: 'x', language: 'en-GB' }, 'en_gb'));
    assert.ok(!speaks({ id: 'x', name: 'x', language: 'en' }, 'en-GB'));
    assert.ok(!speaks({ id: 'x', name: 'x' }, 'en'));
  });
});
