import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInVoices } from '../../src/engine/voices.ts';
import { sampleSentence } from '../../src/text/sample-sentences.ts';
import { isSpeakable } from '../../src/text/transcript.ts';

describe('a sentence to hear a voice by', () => {
  it('is in the language, in the words of the region where there are some, else English or numbers', () => {
    assert.match(sampleSentence('fr-CH'), /^Bonjour/);
    assert.match(sampleSentence('pt_BR'), /trem/);
    assert.match(sampleSentence('pt-PT'), /comboio/);
    assert.match(sampleSentence(undefined), /^Good morning/);
    assert.match(sampleSentence('tlh'), /^1, 2, 3/);
  });

  it('there is one for every built-in voice, and it can be spoken', () => {
    for (const { language } of builtInVoices()) assert.ok(isSpeakable(sampleSentence(language)), language);
  });
});
