/** The prompt, in this process: what is typed and what is shown. A real terminal is in stream.process.test.ts. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { openPrompt } from '../../src/commands/prompt.ts';
import { fakeHost } from '../support/host.ts';

function setup(t: TestContext, { bargeIn = false, tty = true, isHeard = true } = {}) {
  const stdin = new PassThrough();
  const host = fakeHost({ stdin, tty: { stdin: true, stderr: tty }, columns: 40 });
  const done: string[] = [];
  const state = { isSpeaking: false, breaks: 0 };
  const prompt = openPrompt(host, {
    isHeard,
    bargeIn,
    stop() {
      const was = state.isSpeaking;
      state.isSpeaking = false;
      done.push(was ? 'stopped' : 'nothing to stop');
      return was;
    },
    leave: () => done.push('left'),
    broken: () => {
      state.breaks += 1;
    },
  });
  t.after(() => prompt.close());
  const lines: string[] = [];
  const read = async () => {
    for await (const line of prompt.lines) lines.push(line);
    done.push('end');
  };
  return {
    prompt,
    done,
    state,
    lines,
    read,
    shown: () => host.shown.stderr,
    async type(text: string) {
      stdin.write(text);
      for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve));
    },
    end: () => stdin.end(),
  };
}

describe('the prompt', () => {
  it('gives each line with its end, and no blank ones; Ctrl-D ends them', async t => {
    const { type, lines, read, done } = setup(t);
    void read();
    await type('one\r\r  \rtwo\r');
    assert.deepEqual(lines, ['one\n', 'two\n']);
    await type('\x04');
    assert.deepEqual(done, ['end']);
  });

  it('what is shown after a typed line begins a line of its own, and what was shown before is not said again', async t => {
    const { type, prompt, state, shown } = setup(t);
    await type('one\r');
    assert.equal(state.breaks, 1);
    prompt.show('Caption');
    await type('two\r');
    assert.equal(state.breaks, 2);
    const before = shown().length;
    prompt.show('Second');
    assert.doesNotMatch(shown().slice(before), /Caption/);
    assert.match(shown().slice(before), /Second/);
    prompt.close();
    assert.equal(state.breaks, 3);
  });

  it('lines that wait are given although the typing has ended', async t => {
    const { type, lines, read } = setup(t);
    await type('one\rtwo\r\x04');
    await read();
    assert.deepEqual(lines, ['one\n', 'two\n']);
  });

  it('Ctrl-C stops what is spoken and drops what waits; the second one leaves', async t => {
    const { type, lines, read, done, state, shown } = setup(t);
    state.isSpeaking = true;
    await type('one\rtwo\r\x03');
    assert.match(shown(), /\(stopped, and 2 lines that waited; Ctrl-C again or Ctrl-D leaves\)/);
    void read();
    await type('\x03');
    assert.deepEqual(done, ['stopped', 'nothing to stop', 'left', 'end']);
    assert.deepEqual(lines, []);
  });

  it('Ctrl-C takes back what is being typed, and a line between two of them counts them anew', async t => {
    const { type, lines, read, done, shown } = setup(t);
    void read();
    await type('half a li\x03');
    assert.match(shown(), /\(Ctrl-C again or Ctrl-D leaves\)/);
    await type('one\r');
    await type('\x03');
    assert.equal(done.includes('left'), false);
    await type('x\x03');
    assert.equal(done.includes('left'), false);
    await type('\x03');
    assert.equal(done.includes('left'), true);
    assert.deepEqual(lines, ['one\n']);
  });

  it('a new line interrupts, where that is wished', async t => {
    const { type, read, lines, done, state } = setup(t, { bargeIn: true });
    await type('one\r');
    state.isSpeaking = true;
    await type('two\r');
    void read();
    await type('');
    assert.deepEqual(lines, ['two\n']);
    assert.deepEqual(done, ['nothing to stop', 'stopped']);
  });

  it('shows text above, and draws itself and what is being typed below it', async t => {
    const { prompt, type, shown } = setup(t);
    await type('typ');
    const before = shown().length;
    prompt.show('One ');
    prompt.show('two\nthree');
    const screen = shown().slice(before).split('\u001b[0J');
    assert.equal(screen[1], 'One \n\u001b[1G');
    assert.match(screen[2] ?? '', /^> typ/);
    assert.equal(screen[3], 'One two\nthree\n\u001b[1G');
    assert.match(screen[4] ?? '', /^> typ/);
  });

  it('is no prompt where standard error is no terminal', async t => {
    const { prompt, type, lines, read, shown } = setup(t, { tty: false });
    void read();
    await type('one\n');
    prompt.show('One ');
    assert.deepEqual(lines, ['one\n']);
    assert.match(shown(), /leaves\nOne $/);
  });
});
