/** `aloud say` with long text: in parts at once, and gone on with where it broke off. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { main } from '../src/cli.ts';
import { BOOK, PARTS, paragraph, SOUND, stageBook } from './support/book.ts';
import { aloud } from './support/cli.ts';
import { fakeHost } from './support/host.ts';

describe('say, in parts', () => {
  it('gives the same files however many parts are spoken at once, each by a context of its own', async test => {
    const { say, files, spoken } = await stageBook(test);
    assert.equal((await say('one', '--jobs', '1')).code, 0);
    assert.deepEqual(
      spoken(),
      Array.from({ length: PARTS }, (_, index) => paragraph(index)),
    );
    for (const jobs of ['2', '100', 'auto']) assert.equal((await say(`j${jobs}`, '--jobs', jobs)).code, 0);
    assert.equal((await say('usual')).code, 0);
    for (const name of ['j2', 'j100', 'jauto', 'usual']) assert.deepEqual(files(name), files('one'));
    assert.equal((files('one').json as { context_ids: number }).context_ids, PARTS);
  });

  it('is what one context says that has it all, with the built-in voice', async test => {
    const { at } = await stageBook(test);
    const run = (name: string, ...more: readonly string[]) =>
      aloud(['say', '--provider', 'local', '-o', at(`${name}.wav`), '--srt', ...more], { cwd: at(''), stdin: BOOK });
    assert.equal((await run('one')).code, 0);
    assert.equal((await run('usual', '-f', at('book.txt'))).code, 0);
    assert.equal((await run('many', '-f', at('book.txt'), '--jobs', '3')).code, 0);
    for (const name of ['usual', 'many']) {
      assert.deepEqual(readFileSync(at(`${name}.wav`)), readFileSync(at('one.wav')));
      assert.equal(readFileSync(at(`${name}.srt`), 'utf8'), readFileSync(at('one.srt'), 'utf8'));
    }
  });

  it('is not asked of a short text, nor of what is listened to meanwhile', async test => {
    const { at, flags, env, spoken } = await stageBook(test);
    const run = (...argv: readonly string[]) => aloud(['say', ...flags, ...SOUND, ...argv], { cwd: at(''), env });
    assert.equal((await run('Hello there.', '-o', at('short.wav'), '--jobs', '9')).code, 0);
    assert.deepEqual(spoken(), ['Hello there.']);
    assert.equal((await run('-f', at('book.txt'), '-o', '-')).code, 0);
    assert.deepEqual(spoken(), [BOOK]);
    assert.equal((await run('-f', at('book.txt'), '-o', '-', '--jobs', '2')).code, 0);
    assert.equal(spoken().length, PARTS);
  });

  it('reads a text from standard input too', async test => {
    const { at, flags, env, spoken } = await stageBook(test);
    const argv = ['say', ...flags, ...SOUND, '-o', at('piped.wav')];
    assert.equal((await aloud(argv, { cwd: at(''), env, stdin: BOOK })).code, 0);
    assert.equal(spoken().length, PARTS);
  });

  it('is shown by a dry run', async test => {
    const { say, at, flags, env } = await stageBook(test);
    const { stdout } = await say('out', '-n', '--jobs', '4');
    const { parts, jobs, characters, transcript } = JSON.parse(stdout);
    assert.deepEqual(
      { parts, jobs, characters, transcript },
      { parts: PARTS, jobs: 4, characters: BOOK.length, transcript: BOOK },
    );
    const short = await aloud(['say', ...flags, ...SOUND, 'Hi', '-o', at('x.wav'), '-n'], { cwd: at(''), env });
    assert.deepEqual([JSON.parse(short.stdout).parts, JSON.parse(short.stdout).jobs], [1, 1]);
  });

  for (const wrong of ['0', '101', 'many', '']) {
    it(`refuses --jobs ${JSON.stringify(wrong)}`, async () => {
      const { code, stderr } = await aloud(['say', 'hi', '-o', '/nowhere/x.wav', '--jobs', wrong]);
      assert.equal(code, 2);
      assert.match(stderr, /--jobs must be a whole number from 1 to 100, or auto/);
    });
  }
});

describe('say that broke off', () => {
  it('leaves nothing beside the target, says how to go on, and goes on to the same files', async test => {
    const { say, failAt, files, holds, spoken, kept, at } = await stageBook(test);
    assert.equal((await say('whole')).code, 0);
    const whole = files('whole');
    for (const kind of Object.keys(whole)) await rm(at(`whole.${kind}`));
    spoken();
    for (const [round, part] of [3, 4].entries()) {
      failAt(part);
      const { code, stderr } = await say('out', ...(round === 0 ? [] : ['--resume']));
      assert.equal(code, 4, stderr);
      const seconds = Math.floor(BOOK.indexOf(paragraph(part)) / 100);
      assert.match(stderr, new RegExp(`--resume to go on from 0:${seconds}$`, 'm'));
      holds();
      assert.equal((await kept()).length, 1);
    }
    failAt(-1);
    spoken();
    const { code, stderr } = await say('out', '--resume', '--jobs', '2');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^going on from 0:44, where the last run broke off$/m);
    assert.deepEqual(spoken(), [4, 5].map(paragraph));
    assert.deepEqual(files('out'), whole);
    assert.deepEqual(await kept(), []);
  });

  it('keeps what nobody else can read, without the key, and no more than was delivered', async test => {
    const { say, failAt, kept, at } = await stageBook(test);
    failAt(2);
    await say('out');
    const [name = ''] = await kept();
    const folder = join(at('state/aloud/unfinished'), name);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    for (const file of readdirSync(folder)) {
      assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600);
      assert.ok(!readFileSync(join(folder, file)).includes('canary'));
    }
    const record = JSON.parse(readFileSync(join(folder, 'record.json'), 'utf8'));
    assert.equal(record.audio.bytes, (paragraph(0).length + paragraph(1).length) * 160);
    assert.deepEqual(readdirSync(folder).sort(), ['audio', 'notes.jsonl', 'record.json']);
  });

  it('starts from the beginning where nothing is kept, and says so, so that it can be run until it ends well', async test => {
    const { say, spoken, at } = await stageBook(test);
    const { code, stderr } = await say('out', '--resume');
    assert.equal(code, 0);
    assert.match(stderr, /^nothing of this text was kept: starting from the beginning$/m);
    assert.equal(spoken().length, PARTS);
    for (const flag of ['-q', '--json']) {
      assert.doesNotMatch((await say('out', '--resume', flag)).stderr, /beginning/);
    }
    await writeFile(at('book.txt'), 'A short text.');
    assert.match((await say('out', '--resume')).stderr, /nothing is ever kept: starting from the beginning/);
  });

  it('starts from the beginning where the text or the request is another one', async test => {
    const { say, failAt, spoken, at, kept } = await stageBook(test);
    failAt(3);
    await say('out');
    failAt(-1);
    const changed = /^the text or the flags have changed since the last run: starting from the beginning$/m;
    spoken();
    const slower = await say('out', '--resume', '--speed', '0.8');
    assert.match(slower.stderr, changed);
    assert.equal(spoken().length, PARTS);
    await writeFile(at('book.txt'), BOOK.replace('part 1', 'PART 1'));
    assert.match((await say('out', '--resume')).stderr, changed);
    assert.equal(spoken().length, PARTS);
    assert.equal((await kept()).length, 1);
    // What comes behind what was spoken may change.
    await writeFile(at('book.txt'), BOOK.replace('part 4', 'PART 4'));
    assert.match((await say('out', '--resume')).stderr, /going on from/);
    assert.equal(spoken().length, PARTS - 3);
  });

  it('starts from the beginning where the last part that was spoken would not end where it did', async test => {
    const { say, failAt, spoken, at } = await stageBook(test);
    failAt(3);
    await say('out');
    failAt(-1);
    // A line more between two paragraphs belongs to the part before it.
    await writeFile(at('book.txt'), BOOK.replace(paragraph(3), `\n${paragraph(3)}`));
    spoken();
    const { code, stderr } = await say('out', '--resume');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^the text or the flags have changed since the last run: starting from the beginning$/m);
    assert.equal(spoken().length, PARTS);
  });

  for (const [what, damage] of [
    ['cut short', async (folder: string) => truncate(join(folder, 'audio'), 5000)],
    ['changed', async (folder: string) => writeFile(join(folder, 'notes.jsonl'), '{}\n')],
    [
      'changed in one bit',
      async (folder: string) => {
        const bytes = await readFile(join(folder, 'audio'));
        bytes[3000] = (bytes[3000] ?? 0) ^ 1;
        await writeFile(join(folder, 'audio'), bytes);
      },
    ],
    ['gone', async (folder: string) => rm(join(folder, 'audio'))],
  ] as const) {
    it(`does not use what is ${what}`, async test => {
      const { say, failAt, spoken, kept, at } = await stageBook(test);
      failAt(2);
      await say('out');
      const [name = ''] = await kept();
      await damage(join(at('state/aloud/unfinished'), name));
      failAt(-1);
      spoken();
      const { code, stderr } = await say('out', '--resume');
      assert.equal(code, 0);
      assert.match(stderr, /^warning: what was kept of an earlier run is damaged, and not used$/m);
      assert.equal(spoken().length, PARTS);
      assert.deepEqual(await kept(), []);
    });
  }

  it('goes on with the longest that is kept and whole', async test => {
    const { say, failAt, spoken, kept, at } = await stageBook(test);
    failAt(4);
    await say('out');
    const [long = ''] = await kept();
    // Somebody who begins anew, and gets less far, does not lose what there was.
    failAt(2);
    await say('out');
    assert.equal((await kept()).length, 2);
    failAt(5);
    spoken();
    assert.match((await say('out', '--resume')).stderr, /going on from 0:44/);
    assert.equal((await kept()).length, 1);
    assert.ok(!(await kept()).includes(long));
    failAt(2);
    await say('out');
    const records = (await kept()).map(name => join(at('state/aloud/unfinished'), name));
    const parts = (record: string) => JSON.parse(readFileSync(join(record, 'record.json'), 'utf8')).parts;
    await rm(join(records.find(record => parts(record) === 5) ?? '', 'audio'));
    failAt(-1);
    const { stderr } = await say('out', '--resume');
    assert.match(stderr, /^warning: what was kept of an earlier run is damaged, and not used$/m);
    assert.match(stderr, /going on from 0:22/);
    assert.deepEqual(await kept(), []);
  });

  it('keeps a valid shorter file too where that was wished for', async test => {
    const { say, failAt, at, files, kept } = await stageBook(test);
    assert.equal((await say('whole')).code, 0);
    failAt(2);
    const { code, stderr } = await say('out', '--keep-partial');
    assert.equal(code, 4);
    assert.match(stderr, /kept what arrived/);
    const whole = readFileSync(at('whole.raw'));
    const partial = readFileSync(at('out.raw'));
    assert.ok(partial.length >= (paragraph(0).length + paragraph(1).length) * 160 && partial.length < whole.length);
    assert.deepEqual(partial, whole.subarray(0, partial.length));
    assert.equal((await kept()).length, 1);
    failAt(-1);
    assert.equal((await say('out', '--resume')).code, 0);
    assert.deepEqual(files('out'), files('whole'));
  });

  it('goes on from a raw file as from a WAV', async test => {
    const { at, flags, env, failAt, spoken } = await stageBook(test);
    const run = (name: string, ...more: readonly string[]) =>
      aloud(['say', ...flags, ...SOUND, '-f', at('book.txt'), '-o', at(name), ...more], { cwd: at(''), env });
    failAt(2);
    assert.equal((await run('out.raw')).code, 4);
    failAt(-1);
    spoken();
    assert.equal((await run('out.wav', '--resume')).code, 0);
    assert.equal(spoken().length, PARTS - 2);
    assert.equal((await run('whole.wav')).code, 0);
    assert.deepEqual(readFileSync(at('out.wav')), readFileSync(at('whole.wav')));
  });

  it('keeps no more than a few, none for long, and clears up after runs that were killed', async test => {
    const { at, argv, env, failAt, kept } = await stageBook(test);
    failAt(1);
    const root = at('state/aloud/unfinished');
    const run = (speed: string) => aloud([...argv('out'), '--speed', speed], { cwd: at(''), env });
    const old = new Date(Date.now() - 8 * 24 * 3600 * 1000);
    await run('0.7');
    const [first = ''] = await kept();
    await utimes(join(root, first, 'record.json'), old, old);
    await writeFile(join(root, 'stray'), '');
    await utimes(join(root, 'stray'), old, old);
    for (const speed of ['0.8', '0.9', '1.1', '1.2', '1.3', '1.4', '1.5']) await run(speed);
    const left = await kept();
    assert.equal(left.length, 5);
    assert.ok(!left.includes(first) && !left.includes('stray'));
  });

  it('tells a program what it went on from', async test => {
    const { say, failAt } = await stageBook(test);
    failAt(2);
    const failed = JSON.parse((await say('out', '--json')).stdout);
    assert.match(failed.error.hint, /--resume/);
    failAt(-1);
    const rehearsed = JSON.parse((await say('out', '-n', '--resume')).stdout);
    assert.equal(rehearsed.resumed_from, (paragraph(0).length + paragraph(1).length) / 100);
    assert.equal(rehearsed.transcript, BOOK);
    const account = JSON.parse((await say('out', '--json', '--resume')).stdout);
    assert.equal(account.resumed_from, (paragraph(0).length + paragraph(1).length) / 100);
    assert.equal(account.duration, BOOK.length / 100);
    assert.equal(account.context_ids.length, PARTS);
    assert.equal(account.characters, BOOK.length);
  });

  it('keeps nothing of what has no end of a part in it, nor of a text that cannot be read again', async test => {
    const { at, flags, env, failAt, kept, say } = await stageBook(test);
    failAt(0);
    assert.doesNotMatch((await say('out')).stderr, /--resume/);
    failAt(3);
    const argv = ['say', ...flags, ...SOUND, '-o', at('piped.wav')];
    const { code, stderr } = await aloud(argv, { cwd: at(''), env, stdin: BOOK });
    assert.equal(code, 4);
    assert.doesNotMatch(stderr, /--resume/);
    assert.deepEqual(await kept(), []);
  });
});

describe('--resume', () => {
  it('goes on with the built-in voice, too, where it was interrupted', { timeout: 60_000 }, async test => {
    const { at } = await stageBook(test);
    const argv = (name: string) => [
      'say',
      '--provider',
      'local',
      '-f',
      at('book.txt'),
      '-o',
      at(`${name}.wav`),
      '--srt',
    ];
    const speak = (name: string, ...more: string[]) => aloud([...argv(name), ...more], { cwd: at(''), env: {} });
    const host = fakeHost({ cwd: at(''), argv: argv('out') });
    const code = main(host);
    // More than a part has been written.
    const written = () =>
      readdirSync(at('')).some(name => (statSync(at(name), { throwIfNoEntry: false })?.size ?? 0) > 8_000_000);
    while (!written()) await new Promise(resolve => setImmediate(resolve));
    host.signal('SIGINT');
    assert.equal(await code, 130);
    assert.match(host.shown.stderr, /run it again with --resume to go on from \d+:\d\d/);
    const resumed = await speak('out', '--resume');
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stderr, /going on from \d+:\d\d/);
    assert.equal((await speak('whole')).code, 0);
    for (const kind of ['wav', 'srt']) {
      assert.ok(readFileSync(at(`out.${kind}`)).equals(readFileSync(at(`whole.${kind}`))), kind);
    }
  });

  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['words', ['hello', '-o', 'x.wav'], /needs a text that can be read again/],
    ['standard input', ['-f', '-', '-o', 'x.wav'], /needs a text that can be read again/],
    ['playing', ['-f', 'book.txt'], /does not go with playing/],
    ['playing beside a file', ['-f', 'book.txt', '-o', 'x.wav', '--play'], /does not go with playing/],
    ['standard output', ['-f', 'book.txt', '-o', '-'], /needs a file of sound/],
    ['subtitles alone', ['-f', 'book.txt', '-o', 'x.srt'], /needs a file of sound/],
  ];
  for (const [what, argv, message] of cases) {
    it(`is refused with ${what}`, async test => {
      const { at, flags, env } = await stageBook(test);
      const { code, stderr } = await aloud(['say', ...flags, ...argv, '--resume'], { cwd: at(''), env });
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    });
  }
});
