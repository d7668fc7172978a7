/** What is said about a run: what is counted, and what is not known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aloud } from '../support/cli.ts';
import { ownFolder } from '../support/folder.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: a spinner is made of them
const SPINNER = /\u001b\[\d*[GK]/;

describe('what a run came to', () => {
  it('words are a number where their times were asked for, and else not known', async test => {
    const { path: cwd } = await ownFolder(test);
    const words = async (...argv: string[]) =>
      JSON.parse((await aloud(['say', 'hello there', '--json', ...argv], { cwd })).stdout).words;
    assert.equal(await words('-o', `${cwd}/a.wav`), null);
    assert.equal(await words('-o', `${cwd}/b.wav`, '--srt'), 2);
  });

  it('no spinner turns where an output goes to the same terminal', async test => {
    const { path: cwd } = await ownFolder(test);
    const tty = { stdout: true, stderr: true };
    for (const argv of [['say', 'hello'], ['stream']]) {
      const shown = await aloud([...argv, '--srt', '-', '--player', 'none'], { cwd, tty, stdin: 'hello' });
      assert.equal(shown.code, 0, shown.stderr);
      assert.match(shown.stdout, /-->/);
      assert.doesNotMatch(shown.stderr, SPINNER);
    }
  });
});
