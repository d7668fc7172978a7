/** The language that was meant: by name, by a slip, by its longer code; never a guess from two letters. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestLanguage } from '../../src/commands/nearest-language.ts';
import { builtInVoices } from '../../src/engine/voices.ts';
import { aloud } from '../support/cli.ts';

const near = (wanted: string) => nearestLanguage(wanted, builtInVoices());

describe('the nearest language', () => {
  for (const [wanted, meant] of [
    ['english', 'en'],
    ['Englisch', 'en'],
    ['geman', 'de'],
    ['portugese', 'pt'],
    ['chinese', 'zh'],
    ['deu', 'de'],
    ['pt_bz', 'pt-BR'],
    ['xx', undefined],
    ['klingon', undefined],
    ['$%&/()', undefined],
    ['', undefined],
  ] as const) {
    it(`of ${JSON.stringify(wanted)} is ${meant}`, () => assert.equal(near(wanted), meant));
  }

  it('is in the hint where nobody speaks what was asked for', async () => {
    const said = await aloud(['say', 'hi', '-l', 'german', '-n']);
    assert.equal(said.code, 2);
    assert.match(said.stderr, /no built-in voice speaks "german"[^\n]*\n {2}did you mean de\?/);
    const listed = await aloud(['voices', '-l', 'german']);
    assert.match(listed.stderr, /\n {2}did you mean de\? list them all/);
  });
});

describe('a word that is no command below another', () => {
  for (const [argv, message] of [
    [['voices', 'shwo', 'en-gb'], /"shwo" is no command of aloud voices\n {2}did you mean aloud voices show\?/],
    [['config', 'sett', 'voice', 'x'], /did you mean aloud config set\?/],
    [['config', 'get', 'voice'], /"get" is no command of aloud config\n {2}see: aloud help config/],
    [['config', 'everything'], /"everything" is no command of aloud config\n {2}see: aloud help config/],
  ] as const) {
    it(`aloud ${argv.join(' ')}`, async () => {
      const { code, stderr } = await aloud(argv);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }
});
