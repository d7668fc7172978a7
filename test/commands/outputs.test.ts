/** Outputs as they are planned and opened: what is written where, what is refused, what is closed again. */
import assert from 'node:assert/strict';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { DEFAULT_FORMAT } from '../../src/audio.ts';
import { type OutputFlags, openOutlets, planOutputs, sinkContext } from '../../src/commands/outputs.ts';
import type { FlagValues } from '../../src/settings/layer.ts';
import { resolveSettings } from '../../src/settings/resolve.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

const NONE: OutputFlags = { outputs: [], clobber: true, keepPartial: false, json: false };
const host = fakeHost({ cwd: '/work' });

async function plan(outputs: Partial<OutputFlags>, flags: FlagValues = {}, on = host) {
  return planOutputs({ ...NONE, ...outputs }, await resolveSettings(flags, on), on);
}

describe('planOutputs', () => {
  it('plays when nothing is written with -o, sidecars or not', async () => {
    assert.deepEqual(await plan({}), { files: [], plays: true, timestamps: [] });
    assert.equal((await plan({ srt: 'a.srt' })).plays, true);
    assert.equal((await plan({ outputs: ['a.srt'] })).plays, false);
    assert.equal((await plan({ outputs: ['a.wav'], play: true })).plays, true);
    assert.equal((await plan({}, { player: 'none' })).plays, false);
  });

  it('a sidecar takes only a name of its own kind: what follows the flag may be the text, or its file', async () => {
    const wrong = [
      [{ vtt: 'Hello world' }, /--vtt takes a file that ends in \.vtt, not "Hello world"/],
      [{ srt: 'notes.txt' }, /--srt takes a file that ends in \.srt, not "notes\.txt"/],
      [{ timestamps: 'a.srt' }, /--timestamps takes a file that ends in \.json/],
    ] as const;
    for (const [outputs, message] of wrong) {
      await assert.rejects(plan(outputs), failsWith('usage', message, /put the text before --\w+, or name a file/));
    }
    for (const srt of ['a.srt', 'A.SRT', '-', '/dev/fd/63', '/dev/stdout']) {
      assert.deepEqual((await plan({ srt })).files, [{ kind: 'srt', path: srt }]);
    }
  });

  it('asks for times only where something shows them', async () => {
    assert.deepEqual((await plan({ outputs: ['a.wav'] })).timestamps, []);
    assert.deepEqual((await plan({ outputs: ['a.wav', 'a.vtt'] })).timestamps, ['word']);
    assert.deepEqual((await plan({ outputs: ['a.TextGrid'] }, { phonemes: true })).timestamps, ['word', 'phoneme']);
  });

  it('a setting that would do nothing is an error as a flag and nothing from elsewhere', async () => {
    await assert.rejects(
      plan({}, { phonemes: true }),
      failsWith('usage', /--phonemes would do nothing here/, /it needs/),
    );
    const elsewhere = fakeHost({ cwd: '/work', env: { ALOUD_PHONEMES: '1', ALOUD_LEAD_IN: '5', ALOUD_CUES: 'word' } });
    assert.deepEqual((await plan({ outputs: ['a.wav'] }, {}, elsewhere)).timestamps, []);
  });

  it('names the same file only once, however it is spelled', async () => {
    for (const other of ['a.wav', './a.wav', '/work/a.wav', 'x/../a.wav']) {
      await assert.rejects(plan({ outputs: ['a.wav', other] }), failsWith('usage', /named twice/));
    }
  });

  it('knows that upper and lower case are one file on Windows and macOS', async () => {
    const outputs = ['x/Caf\u00e9.wav', 'x/cafe\u0301.WAV'];
    for (const platform of ['win32', 'darwin'] as const) {
      const there = fakeHost({ cwd: '/work', platform });
      await assert.rejects(plan({ outputs }, {}, there), failsWith('usage', /named twice/));
    }
    assert.equal((await plan({ outputs })).files.length, 2);
  });

  it('a working folder that is gone does not matter to whole paths', async () => {
    const lost = { ...host, cwd: () => assert.fail('ENOENT: uv_cwd') };
    const settings = await resolveSettings({}, host);
    const { files } = planOutputs({ ...NONE, outputs: ['/tmp/a.wav', '/tmp/b.srt'] }, settings, lost);
    assert.equal(files.length, 2);
  });

  it('what stdout takes is one thing, the document of --json included', async () => {
    assert.equal((await plan({ outputs: ['-'], srt: 'a.srt' })).files.length, 2);
    for (const clash of [{ outputs: ['-', '-'] }, { outputs: ['-'], vtt: '-' }, { outputs: ['-'], json: true }]) {
      await assert.rejects(plan(clash), failsWith('usage', /two outputs want standard output/));
    }
  });
});

describe('one place under many names', () => {
  it('standard output is standard output, whatever it is called', async test => {
    const folder = await ownFolder(test);
    const link = join(folder.path, 'out.wav');
    await symlink('/dev/stdout', link);
    const terminal = fakeHost({ cwd: '/work', tty: { stdout: true } });
    for (const path of ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', '/dev/.//stdout', link]) {
      const two = failsWith('usage', /two outputs want standard output/);
      await assert.rejects(plan({ outputs: ['-', path] }, { format: 'wav' }), two);
      await assert.rejects(plan({ outputs: [path, link] }, { format: 'wav' }), two);
      await assert.rejects(plan({ outputs: [path], json: true }, { format: 'wav' }), two);
      const refused = failsWith('usage', /audio is not written to a terminal/);
      await assert.rejects(plan({ outputs: [path] }, { format: 'wav' }, terminal), refused);
      assert.equal((await plan({ outputs: [path] }, { format: 'wav' })).files.length, 1);
    }
    const others = ['-', '/dev/stderr', '/dev/fd/3', '/proc/1/fd/1'];
    assert.equal((await plan({ outputs: others }, { format: 'wav' })).files.length, 4);
  });

  it('a file is one file, through links to it and to its folder', async test => {
    const folder = await ownFolder(test);
    const at = (name: string) => join(folder.path, name);
    await mkdir(at('a'));
    await symlink('a', at('b'));
    await symlink('a/x.wav', at('x.wav'));
    await symlink('round.wav', at('round.wav'));
    const twice = failsWith('usage', /x\.wav is named twice/);
    await assert.rejects(plan({ outputs: [at('a/x.wav'), at('x.wav')] }), twice);
    await assert.rejects(plan({ outputs: [at('a/x.wav'), at('b/x.wav')] }), twice);
    await assert.rejects(
      plan({ outputs: ['/dev/fd/3', '/proc/self/fd/3'] }, { format: 'raw' }),
      failsWith('usage', /twice/),
    );
    assert.equal((await plan({ outputs: [at('a/x.wav'), at('b/y.wav'), at('round.wav')] })).files.length, 3);
  });
});

describe('openOutlets', () => {
  it('closes what it has opened when a later one fails, and leaves nothing', async test => {
    const folder = await ownFolder(test);
    const settings = await resolveSettings({ player: 'none' }, host);
    const outputs = [join(folder.path, 'a.wav'), join(folder.path, 'b.srt'), join(folder.path, 'no/c.json')];
    const flags = { ...NONE, outputs };
    const request = { model: 'm', voice: 'v', format: DEFAULT_FORMAT, timestamps: [] };
    const run = { signal: new AbortController().signal, expectLarge: false, onNoWords: () => {} };
    const context = sinkContext(request, flags, settings, host, run);
    await assert.rejects(
      openOutlets(planOutputs(flags, settings, host), context, settings.values, host),
      failsWith('output', /does not exist/),
    );
    assert.deepEqual(await readdir(folder.path), []);
  });
});
