/** `aloud stream` as it is parsed: which flags mean which options, with nothing opened and nothing sent. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { register, type StreamOptions } from '../../src/commands/stream.ts';
import { fakeHost } from '../support/host.ts';

/** The options that a command line comes to. */
async function parse(...argv: string[]): Promise<StreamOptions> {
  const seen: StreamOptions[] = [];
  const program = new Command('aloud').exitOverride().configureOutput({ outputError: () => {} });
  register(program, fakeHost(), new AbortController().signal, async options => void seen.push(options));
  await program.parseAsync(['stream', ...argv], { from: 'user' });
  const [only, ...others] = seen;
  assert.ok(only !== undefined && others.length === 0);
  return only;
}

describe('stream, parsed', () => {
  it('without flags nothing is set', async () => {
    const { presentation, ...options } = await parse();
    assert.deepEqual(options, {
      outputs: { outputs: [], clobber: true, keepPartial: false, json: false, captions: false },
      tee: false,
      captions: false,
      markdown: false,
      bargeIn: false,
      dryRun: false,
      flags: {},
    });
    assert.equal(presentation.color, true);
  });

  it('its own flags arrive', async () => {
    const options = await parse(
      ...['--tee', '--captions', '--markdown', '--by', 'sentence', '--idle-flush', '500', '--barge-in', '-n'],
    );
    const { tee, captions, markdown, by, idleFlushMs, bargeIn, dryRun, outputs } = options;
    assert.deepEqual(
      [tee, captions, markdown, bargeIn, dryRun, outputs.captions],
      [true, true, true, true, true, true],
    );
    assert.equal(by, 'sentence');
    assert.equal(idleFlushMs, 500);
  });

  it('outputs and settings are those of say', async () => {
    const { outputs, flags } = await parse(
      '-o',
      'a.wav',
      '--srt',
      '--no-clobber',
      '--json',
      '-v',
      'x',
      '--speed',
      '1.2',
    );
    assert.deepEqual(outputs.outputs, ['a.wav']);
    assert.deepEqual([outputs.srt, outputs.clobber, outputs.json], [true, false, true]);
    assert.deepEqual(flags, { voice: 'x', speed: '1.2' });
  });

  it('units and times that make no sense are refused', async () => {
    await assert.rejects(parse('--by', 'word'), /word/);
    for (const ms of ['9', '60001', '1.5', '-1', 'x'])
      await assert.rejects(parse('--idle-flush', ms), /from 10 to 60000/);
    await assert.rejects(parse('words'), /too many arguments/);
  });
});
