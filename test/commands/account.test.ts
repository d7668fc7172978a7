/** What is said about a run: what is counted, and what is not known. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { main } from '../../src/cli.ts';
import { tellKept } from '../../src/commands/account.ts';
import { Failure } from '../../src/errors.ts';
import { NO_PROGRESS } from '../../src/host-terminal.ts';
import { aloud } from '../support/cli.ts';
import { ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

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
    const spinners = async (stdout: boolean, ...command: string[]) => {
      const argv = [...command, '--srt', '-', '--player', 'none'];
      let count = 0;
      const progress = () => {
        count += 1;
        return NO_PROGRESS;
      };
      const host = Object.assign(fakeHost({ argv, cwd, tty: { stdout, stderr: true }, stdin: 'hello' }), { progress });
      assert.equal(await main(host), 0, host.shown.stderr);
      assert.match(host.shown.stdout, /-->/);
      return count;
    };
    for (const command of [['say', 'hello'], ['stream']]) {
      assert.equal(await spinners(false, ...command), 1);
      assert.equal(await spinners(true, ...command), 0);
    }
  });

  it('what nobody heard was not spoken', async test => {
    const { path: cwd } = await ownFolder(test);
    const { stderr } = await aloud(['say', 'hello', '--player', 'none'], { cwd });
    assert.match(stderr, /^\d\.\d\d s, first sound after \d+ ms; nothing was played\n/m);
  });

  it('who ends it hears that the file is not there, and what would keep it', () => {
    const told = (error: unknown, keepPartial = false, kept: string[] = []) => {
      const host = fakeHost();
      const plan = { files: [{ kind: 'wav', path: 'a.wav' } as const], plays: false, timestamps: [] };
      tellKept(kept, error, { plan }, { keepPartial }, host);
      return host.shown.stderr;
    };
    const interrupted = new Failure('interrupted', 'interrupted');
    assert.equal(told(interrupted), 'not written: a.wav; --keep-partial keeps what arrives\n');
    assert.equal(told(interrupted, true), '');
    assert.equal(told(interrupted, true, ['a.wav']), 'kept what arrived: a.wav\n');
    assert.equal(told(new Failure('network', 'no')), '');
  });
});
