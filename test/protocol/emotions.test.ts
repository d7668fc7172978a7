/** The emotions we know by name, against the description of the service. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { EMOTIONS, isKnownEmotion } from '../../src/protocol/emotions.ts';

describe('emotions', () => {
  it('are those of the schema, in any case', () => {
    const text = readFileSync(new URL('../support/schemas/cartesia.common.json', import.meta.url), 'utf8');
    const { emotion, emotionLower } = JSON.parse(text).$defs;
    assert.deepEqual(EMOTIONS, emotionLower.enum);
    for (const name of emotion.enum) assert.equal(isKnownEmotion(name), true);
    assert.equal(isKnownEmotion('constructor'), false);
  });
});
