/** Outputs as they are planned and opened: what is written where, what is refused, what is closed again. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
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
