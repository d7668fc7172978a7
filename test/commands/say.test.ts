/** `aloud say` as it is parsed: which flags mean which options, with nothing opened and nothing sent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { register, type SayOptions } from '../../src/commands/say.ts';
import { fakeHost } from '../support/host.ts';

/** The options that a command line comes to. */
async function parse(...argv: string[]): Promise<SayOptions> {
  const seen: SayOptions[] = [];
  const program = new Command('aloud').exitOverride().configureOutput({ outputError: () => {} });
  register(program, fakeHost(), new AbortController().signal, async options => void seen.push(options));
  await program.parseAsync(['say', ...argv], { from: 'user' });
  const [only, ...others] = seen;
  assert.ok(only !== undefined && others.length === 0);
  return only;
}

describe('say, parsed', () => {
  it('words are words, and without flags nothing is set', async () => {
    const { text, outputs, dryRun, flags } = await parse('one', 'two');
    assert.deepEqual(text, { words: ['one', 'two'] });
    assert.deepEqual(outputs, { outputs: [], clobber: true, keepPartial: false, json: false });
    assert.equal(dryRun, false);
    assert.deepEqual(flags, {});
  });

  it('a file may be named short, long and with an equals sign', async () => {
    for (const argv of [['-f', 'a.txt'], ['-fa.txt'], ['--file', 'a.txt'], ['--file=a.txt']]) {
      assert.deepEqual((await parse(...argv)).text, { words: [], file: 'a.txt' });
    }
  });

  it('-o adds up in the order of the command line', async () => {
    const { outputs } = await parse('hi', '-o', 'a.wav', '--output=b.srt', '-oc.raw');
    assert.deepEqual(outputs.outputs, ['a.wav', 'b.srt', 'c.raw']);
  });

  it('a sidecar is a path, or true without one', async () => {
    const { outputs } = await parse('hi', '--srt', '--vtt', 'b.vtt', '--timestamps=c.json');
    assert.deepEqual([outputs.srt, outputs.vtt, outputs.timestamps], [true, 'b.vtt', 'c.json']);
  });

  it('--play, --no-play and neither are three things', async () => {
    assert.equal((await parse('hi')).outputs.play, undefined);
    assert.equal((await parse('hi', '--play')).outputs.play, true);
    assert.equal((await parse('hi', '--no-play')).outputs.play, false);
  });

  it('--no-clobber, --keep-partial, --json and --dry-run arrive', async () => {
    const { outputs, dryRun, presentation } = await parse('hi', '--no-clobber', '--keep-partial', '--json', '-n');
    assert.deepEqual(outputs, { outputs: [], clobber: false, keepPartial: true, json: true });
    assert.equal(dryRun, true);
    assert.equal(presentation.json, true);
  });

  it('settings are taken as typed, for others to judge', async () => {
    const { flags } = await parse(
      'hi',
      '-v',
      'x',
      '-l',
      'de',
      '--speed',
      'fast',
      '--phonemes',
      '--profile',
      'p',
      '-r9',
    );
    assert.deepEqual(flags, { voice: 'x', language: 'de', speed: 'fast', phonemes: true, profile: 'p', rate: '9' });
  });

  it('what a file turns on, a flag turns off', async () => {
    assert.deepEqual((await parse('hi', '--no-phonemes')).flags, { phonemes: false });
    assert.deepEqual((await parse('hi', '--no-color')).flags, { noColor: true });
  });

  it('a value that starts with a dash is one, and what follows -- is text', async () => {
    assert.deepEqual((await parse('--lead-in', '-5', 'hi')).flags, { leadIn: '-5' });
    assert.deepEqual((await parse('--', '--speed', '-o')).text, { words: ['--speed', '-o'] });
  });
});
