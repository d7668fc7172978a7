import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadEspeakNg } from '../../src/engine/espeak-ng.ts';
import { anyVoice, builtInVoices, findVoice, voiceForLanguage } from '../../src/engine/voices.ts';
import { TABLE } from '../../src/engine/voices-table.ts';

const main = createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten');

/** Languages of Cartesia's API 2026-03-01 that espeak-ng speaks. */
const LANGUAGES =
  'bg bn cs da de el en es fi fr gu he hi hr hu id it ja ka kn ko ml mr ms nl no pa pl pt ro ru sk sv ta te th tr uk vi zh';

describe('the table of voices', () => {
  it('is what the engine lists', async () => {
    const espeak = await loadEspeakNg(pathToFileURL(main).href);
    assert.deepEqual(TABLE.trim().split('\n'), espeak.voices());
  });

  it('has an id of its own for every voice', () => {
    const ids = builtInVoices().map(voice => voice.id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.every(id => /^[a-z0-9-]+$/.test(id)));
    for (const id of ['en-us', 'en-gb', 'fr', 'pt-br', 'de', 'cmn', 'ja', 'yue-latn-jyutping']) {
      assert.ok(ids.includes(id), id);
    }
  });

  it('knows only speakers that the engine has', () => {
    const files = new Set([...readFileSync(main, 'latin1').matchAll(/voices\/!v\/([^"]+)"/g)].map(([, name]) => name));
    const speakers = [...files].filter(name => findVoice(`en-us+${name}`) !== undefined);
    assert.ok(speakers.length >= 90);
    for (const name of speakers) {
      const [, speaker] = findVoice(`fr+${name}`)?.espeak.split('+') ?? [];
      assert.ok(files.has(speaker ?? ''), name);
    }
  });
});

describe('findVoice', () => {
  it('finds a voice and its speakers, whatever the case', () => {
    assert.deepEqual(findVoice('en-US'), {
      id: 'en-us',
      name: 'English (America)',
      language: 'en-US',
      gender: 'male',
      espeak: 'gmw/en-US',
    });
    assert.deepEqual(findVoice('PT-br+F3'), {
      id: 'pt-br+f3',
      name: 'Portuguese (Brazil), f3',
      language: 'pt-BR',
      gender: 'female',
      espeak: 'roa/pt-BR+f3',
    });
  });

  it('never guesses', () => {
    for (const id of [
      '',
      'en',
      'english',
      'en-us+',
      'en-us+nobody',
      'en-us+f3+f4',
      '+f3',
      '__proto__',
      'en-us+constructor',
    ]) {
      assert.equal(findVoice(id), undefined, id);
    }
  });
});

describe('voiceForLanguage', () => {
  it('has a voice for every language of the service but Tagalog', () => {
    for (const language of LANGUAGES.split(' ')) {
      const spoken = voiceForLanguage(language).language.split('-')[0];
      assert.equal(spoken, language === 'no' ? 'nb' : language);
    }
  });

  it('prefers the accent that was asked for and falls back to the language', () => {
    const ids = ['en', 'en-GB', 'en_AU', 'pt', 'pt-BR', 'es-MX', 'zh-Hant-TW', 'fr-CA', undefined, '', 'tl', 'xx-YY'];
    assert.deepEqual(
      ids.map(language => voiceForLanguage(language).id),
      ['en-us', 'en-gb', 'en-us', 'pt', 'pt-br', 'es-419', 'cmn', 'fr', 'en-us', 'en-us', 'en-us', 'en-us'],
    );
  });
});

describe('anyVoice', () => {
  it('is the voice of that id where there is one', () => {
    assert.equal(anyVoice('de', 'fr').id, 'de');
    assert.equal(anyVoice('en-us+m3').id, 'en-us+m3');
  });

  it('gives an unknown id the same voice every time, of the language asked for', () => {
    const id = 'a0e99841-438c-4a64-b679-ae501e7d6091';
    assert.deepEqual(anyVoice(id, 'fr'), anyVoice(id, 'fr'));
    assert.match(anyVoice(id, 'fr').id, /^fr(\+|$)/);
    assert.match(anyVoice(id).id, /^en-us(\+|$)/);
  });

  it('spreads ids over many speakers', () => {
    const voices = new Map<string, number>();
    for (let i = 0; i < 1600; i++) {
      const { id } = anyVoice(`${i.toString(16).padStart(8, '0')}-438c-4a64-b679-ae501e7d6091`);
      voices.set(id, (voices.get(id) ?? 0) + 1);
    }
    assert.equal(voices.size, 16);
    assert.ok(Math.min(...voices.values()) > 50, JSON.stringify([...voices]));
  });
});
