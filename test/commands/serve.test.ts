/** `aloud serve`: what is typed becomes options, and voices of services become ours. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { register } from '../../src/commands/serve.ts';
import { createLog } from '../../src/commands/serve-log.ts';
import type { ServeOptions } from '../../src/commands/serve-options.ts';
import { serveVoices } from '../../src/commands/serve-voices.ts';
import { findVoice } from '../../src/engine/voices.ts';
import { failsWith } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

async function parse(...argv: string[]): Promise<ServeOptions> {
  let options: ServeOptions | undefined;
  const program = new Command('aloud').exitOverride().configureOutput({ writeErr: () => {} });
  register(program, fakeHost(), new AbortController().signal, async given => {
    options = given;
  });
  await program.parseAsync(['serve', ...argv], { from: 'user' });
  assert.ok(options);
  return options;
}

describe('flags', () => {
  it('without any: this machine only, nothing slowed, nothing broken', async () => {
    const { presentation: _, ...options } = await parse();
    assert.deepEqual(options, {
      host: '127.0.0.1',
      port: 8787,
      concurrency: 200,
      latencyMs: 0,
      idleMs: 300_000,
      flushNumbering: 'A',
      realtime: false,
      strict: false,
      faults: [],
    });
  });

  it('name the fault that was probably meant', async () => {
    await assert.rejects(parse('--fault', 'dorp'), failsWith('usage', /no fault "dorp"/, /^did you mean drop\?$/));
    await assert.rejects(parse('--fault', 'rate-limtx2'), failsWith('usage', /no fault/, /mean rate-limit\?/));
    await assert.rejects(parse('--fault', 'banana'), failsWith('usage', /no fault/, /names are slow-upgrade, /));
    await assert.rejects(
      parse('--fault', 'drop@x'),
      failsWith('usage', /a number in "drop@x" is wrong/, /whole numbers/),
    );
    await assert.rejects(parse('--fault', 'drop@5x0'), failsWith('usage', /never happen/, /x1 for once/));
  });

  it('say where, for whom and how', async () => {
    const flags = '--host [::1] --port 0 --api-key-file k --cert c --key p --concurrency 2 --strict --pace realtime';
    const more = '--latency 150 --idle-timeout 0 --flush-ids C --fault drop@3 --fault close:1001x2';
    const { presentation: _, ...options } = await parse(...`${flags} ${more}`.split(' '));
    assert.deepEqual(options, {
      host: '::1',
      port: 0,
      apiKeyFile: 'k',
      cert: 'c',
      key: 'p',
      concurrency: 2,
      latencyMs: 150,
      idleMs: 0,
      flushNumbering: 'C',
      realtime: true,
      strict: true,
      faults: [
        { name: 'drop', value: 0, frame: 3 },
        { name: 'close', value: 1001, frame: 2, times: 2 },
      ],
    });
  });

  it('say who speaks instead: a service that is recorded, or a recording', async () => {
    const recording = await parse('--record', 'x.jsonl', '--upstream', 'slng', '--upstream-url', 'ws://127.0.0.1:1');
    assert.deepEqual(recording.record, { file: 'x.jsonl', upstream: 'slng', upstreamUrl: 'ws://127.0.0.1:1' });
    const replaying = await parse('--replay', 'x.jsonl', '--strict');
    assert.deepEqual([replaying.replay, replaying.strict, replaying.record], ['x.jsonl', true, undefined]);
    await assert.rejects(parse('--record', 'x'), failsWith('usage', /--record and --upstream go together/));
    await assert.rejects(parse('--upstream', 'slng'), failsWith('usage', /--record and --upstream go together/));
    await assert.rejects(parse('--record', '', '--upstream', 'slng'), failsWith('usage', /--record names no file/));
    await assert.rejects(parse('--record', 'x', '--upstream', 'slng', '--replay', 'y'), /cannot be used with/);
    const secretive = parse('--record', 'x', '--upstream', 'slng', '--upstream-url', 'canary');
    await assert.rejects(secretive, error => failsWith('usage', /--upstream-url must be (?!.*canary)/)(error));
  });

  it('that cannot be are refused with what can', async () => {
    await assert.rejects(parse('--port', '-1'), failsWith('usage', /--port must be a whole number from 0 to 65535/));
    await assert.rejects(parse('--latency', '1.5'), failsWith('usage', /--latency must be a whole number/));
    await assert.rejects(parse('--key', 'k'), failsWith('usage', /go together/));
    await assert.rejects(parse('--fault', 'rain'), failsWith('usage', /"rain"/, /late-frames-after-cancel/));
    await assert.rejects(parse('--pace', 'slow'), /realtime, fast/);
    await assert.rejects(parse('--profile', 'x'), /unknown option/);
  });
});

describe('voices', () => {
  it('of the services are ours, and each is its own', () => {
    const known = [
      'a0e99841-438c-4a64-b679-ae501e7d6091',
      'f786b574-daa5-4673-aa0c-cbe3e8534c02',
      'a5136bf9-224c-4d76-b823-52bd5efcffcc',
      '6ccbfb76-1fc6-48f7-b71d-91ac6298247b',
      'e07c00bc-4134-4eae-9ea4-1a55fb45746b',
    ];
    const ours = known.map(id => serveVoices.resolve(id, undefined));
    assert.equal(ours[0], 'en-us');
    assert.equal(new Set(ours).size, known.length);
    for (const id of ours) assert.ok(findVoice(id ?? ''), id);
    assert.equal(serveVoices.resolve(known[0] ?? '', 'fr'), 'fr');
    assert.match(serveVoices.resolve(known[1] ?? '', 'de') ?? '', /^de\+/);
  });

  it('of our own are known by their ids, others by nobody and spoken all the same', () => {
    assert.equal(serveVoices.resolve('en-gb', undefined), 'en-gb');
    assert.equal(serveVoices.resolve('en-us+f3', undefined), 'en-us+f3');
    assert.equal(serveVoices.resolve('nobody', undefined), undefined);
    const substitutes = Array.from({ length: 50 }, (_, i) => serveVoices.substitute?.(`voice-${i}`, 'en') ?? '');
    for (const id of substitutes) assert.ok(findVoice(id), id);
    assert.ok(new Set(substitutes).size >= 10);
    assert.equal(serveVoices.substitute?.('voice-7', 'en'), substitutes[7]);
  });
});

describe('the log', () => {
  const record = {
    contextId: 'a\u001b[31m\u0007b',
    requestId: 'r',
    chars: 3,
    audioSeconds: 1.234567891,
    firstAudioMs: 12.345,
    outcome: 'done',
  } as const;

  it('shows nothing that a terminal obeys', () => {
    for (const json of [false, true]) {
      const host = fakeHost();
      const log = createLog(host, { json, quiet: false });
      log.context(record);
      log.refusal({ requestId: 'r', where: 'GET /\u001b[2J', status: 404, error: 'Not found: \u009b1m' });
      assert.match(host.shown.stderr, /done.*1\.23/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      assert.doesNotMatch(host.shown.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
  });

  it('is left out with --quiet', () => {
    const host = fakeHost();
    createLog(host, { json: false, quiet: true }).context(record);
    assert.equal(host.shown.stderr, '');
  });

  it('FAULTS V2: does not pile up before a reader that is stuck, and says what was lost', () => {
    const host = fakeHost();
    const log = createLog(host, { json: false, quiet: false });
    let waiting = 1e9;
    Object.defineProperty(host.stderr, 'writableLength', { get: () => waiting });
    for (let i = 0; i < 5; i++) log.context(record);
    assert.equal(host.shown.stderr, '');
    waiting = 0;
    log.context(record);
    assert.match(host.shown.stderr, /^warning: 5 lines of the log were lost/);
  });
});
