/** The program with long text that breaks off: after a signal, and until it ends well. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BOOK, PARTS, stageBook } from './support/book.ts';
import { ended, shell, start } from './support/cli.ts';
import { ownFolder } from './support/folder.ts';
import { echo, recorded } from './support/scripted-synthesizer.ts';
import { startServing } from './support/serving.ts';
import { speechService } from './support/speech-service.ts';

describe('the program, in parts', () => {
  it('goes on after a signal', { timeout: 60_000 }, async test => {
    const { at, argv, env, spoken, kept, failAt, files, holds } = await stageBook(test);
    // The last part waits for ever.
    const folder = await ownFolder(test);
    const stuck = recorded(async function* (transcript, request, signal) {
      for await (const event of echo().synthesize(transcript, request, signal)) {
        yield event;
      }
      if (stuck.calls.length >= PARTS) {
        reached();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      }
    });
    let reached = () => {};
    const arrived = new Promise<void>(resolve => {
      reached = resolve;
    });
    await using other = await speechService(stuck);
    // The address is a part of what must be the same.
    assert.notEqual(folder.path, at(''));
    const line = argv('out', '--jobs', '1', '--timeout', '30');
    const address = line.indexOf('--base-url') + 1;
    const child = start(line.with(address, other.flags.at(-1) ?? ''), { env: { ...env, HOME: at('') } });
    const done = ended(child);
    await arrived;
    child.kill('SIGINT');
    const { code, stderr } = await done;
    assert.equal(code, 130, stderr);
    assert.match(stderr, /^aloud: interrupted\n {2}run it again with --resume to go on from 0:(44|56)$/m);
    assert.equal((await kept()).length, 1);
    holds();
    spoken();
    failAt(-1);
    stuck.calls.length = 0;
    const again = await ended(
      start([...line.with(address, other.flags.at(-1) ?? ''), '--resume'], { env: { ...env, HOME: at('') } }),
    );
    assert.equal(again.code, 0, again.stderr);
    assert.ok(stuck.calls.length <= 2);
    const whole = await ended(start(argv('whole'), { env: { ...env, HOME: at('') } }));
    assert.equal(whole.code, 0, whole.stderr);
    assert.deepEqual(files('out'), files('whole'));
    assert.deepEqual(await kept(), []);
  });

  it('can be run until it ends well', { timeout: 60_000 }, async test => {
    const { at, argv, env, failAt, synthesizer, files } = await stageBook(test);
    failAt(3);
    const words = argv('out', '--resume', '--jobs', '1').map(word => `'${word}'`);
    const loop = `for i in 1 2; do aloud ${words.join(' ')} && break; done; exit $?`;
    const mend = setInterval(() => synthesizer.calls.length >= 4 && failAt(-1), 1);
    const { code, stderr } = await shell(loop, { env: { ...env, HOME: at('') } });
    clearInterval(mend);
    assert.equal(code, 0, stderr);
    assert.ok(existsSync(at('out.wav')));
    assert.equal((files('out').json as { text: string }).text, BOOK);
  });

  it('speaks in parts what it speaks one part after another, with a real server', { timeout: 60_000 }, async test => {
    const { path, write } = await ownFolder(test);
    const book = await write('book.txt', `<speed ratio="1.5"/>${BOOK.slice(0, BOOK.indexOf('Words of part 3'))}`);
    const serving = await startServing(['--quiet'], path);
    test.after(() => serving.stop());
    const documents: string[] = [];
    for (const jobs of ['1', '8']) {
      const out = join(path, jobs);
      const argv = ['say', '--provider', 'cartesia', '--base-url', serving.url, '-f', book, '--jobs', jobs];
      const files = ['-o', `${out}.wav`, '--srt', '--timestamps', '--phonemes'];
      const { code, stderr } = await ended(start([...argv, ...files], { env: { CARTESIA_API_KEY: 'k', HOME: path } }));
      assert.equal(code, 0, stderr);
      documents.push(readFileSync(`${out}.json`, 'utf8').replace(/"(context|request)_ids".*\]/s, ''));
    }
    for (const kind of ['wav', 'srt']) {
      assert.ok(readFileSync(join(path, `1.${kind}`)).equals(readFileSync(join(path, `8.${kind}`))), kind);
    }
    assert.equal(documents[0], documents[1]);
  });
});
