/** `aloud stream` as a process: pipes that never close, a loudspeaker that is listened to, a terminal that is typed at. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as real } from 'node:timers/promises';
import { createSpeechServer } from '../src/server/local-server.ts';
import type { ContextRecord } from '../src/server/options.ts';
import { ended, requireBuild, shell, start } from './support/cli.ts';
import { without } from './support/programs.ts';
import { type Pty, startPty } from './support/pty.ts';
import { type Pulse, type PulseRecording, startPulse } from './support/pulse.ts';
import { echo } from './support/scripted-synthesizer.ts';

let folder = '';
before(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'aloud-stream-'));
});
after(() => rm(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const LOCAL = ['--provider', 'local'];
const LONG = 'This is a sentence that goes on for quite a while, so that there is time to do something about it. ';

/** Waits until it is so: what another process does has no other sign. */
async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !isSo() && performance.now() < end; ) await real(5);
  assert.ok(isSo(), 'it never was so');
}

interface Running {
  readonly child: ChildProcess;
  readonly over: ReturnType<typeof ended>;
  write(text: string): void;
  /** Closes the writing end. */
  end(): void;
  readonly said: () => string;
}

let running: Running[] = [];
let fifos = 0;
afterEach(() => {
  for (const { child, end } of running) {
    child.kill('SIGKILL');
    end();
  }
  running = [];
});

/** Starts the program on a FIFO whose writer the test is. */
function onFifo(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const fifo = at(`fifo-${fifos++}`);
  execFileSync('mkfifo', [fifo]);
  const stdin = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  let writer: number | undefined = openSync(fifo, 'w');
  const child = start(['stream', ...argv], {
    cwd: folder,
    env: { HOME: folder, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  });
  closeSync(stdin);
  let said = '';
  child.stdout?.on('data', data => {
    said += String(data);
  });
  const over = ended(child);
  // Who destroys a stream does not want to hear of it.
  over.catch(() => {});
  const run: Running = {
    child,
    over,
    write: text => void writeSync(writer ?? -1, text),
    end() {
      if (writer !== undefined) closeSync(writer);
      writer = undefined;
    },
    said: () => said,
  };
  running.push(run);
  return run;
}

const noFifo = without('mkfifo');

describe('a pipe that never closes', { skip: noFifo }, () => {
  it('O6: SIGINT ends the run with 130, before and after there was text', async () => {
    for (const text of ['', LONG]) {
      const { child, write, over, said } = onFifo([...LOCAL, '--no-play', '--json', '-o', 'int.wav']);
      if (text === '') await until(() => files('int.wav').length > 0);
      else write(text);
      if (text !== '') await until(() => said().includes('first_audio'));
      child.kill('SIGINT');
      const { code, signal, stderr } = await over;
      assert.deepEqual([code, signal], [130, null], stderr);
      assert.deepEqual(files('int.wav'), []);
    }
  });

  it('O1: a reader of --tee that goes away ends it with 0', async () => {
    const { child, write } = onFifo([...LOCAL, '--no-play', '--tee']);
    write('Hello. ');
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const writing = setInterval(() => {
      try {
        write('More. ');
      } catch {
        // It has ended and we have not been told yet.
      }
    }, 20);
    const code = await new Promise(resolve => child.once('exit', resolve));
    clearInterval(writing);
    assert.equal(code, 0);
  });

  it('a service that fails ends it with 4, though nobody closes the pipe', async () => {
    const argv = ['--provider', 'cartesia', '--base-url', 'ws://127.0.0.1:1', '--retries', '0', '--no-play'];
    const { write, over } = onFifo(argv, { CARTESIA_API_KEY: 'k' });
    write('Hello.');
    assert.equal((await over).code, 4);
  });
});

/** Names in the folder that begin as those of a file and its parts. */
function files(name: string): string[] {
  return execFileSync('ls', ['-A', folder], { encoding: 'utf8' })
    .split('\n')
    .filter(found => found.includes(name));
}

describe('pauses in real time', { skip: noFifo }, () => {
  it('T5 C37: 2 s lose nothing, with the expiry of the service on', async t => {
    const records: ContextRecord[] = [];
    const synthesizer = echo();
    const server = createSpeechServer(synthesizer, { expiryMs: 1000, onLog: record => records.push(record) });
    server.httpServer.listen(0, '127.0.0.1');
    await once(server.httpServer, 'listening');
    t.after(() => server.close());
    const { port } = server.httpServer.address() as AddressInfo;
    const service = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${port}`];
    const { write, end, over } = onFifo([...service, '-o', 'pause.raw', '--timestamps', 'pause.json'], {
      CARTESIA_API_KEY: 'k',
    });
    write('First a part. ');
    await until(() => synthesizer.calls[0]?.text === 'First a part. ');
    await real(2000);
    write('Then another.');
    end();
    const { code, stderr } = await over;
    assert.equal(code, 0, stderr);
    const spoken = synthesizer.calls.map(call => call.text).join('');
    assert.equal(spoken, 'First a part. Then another.');
    assert.equal((await readFile(at('pause.raw'))).length, spoken.length * 480);
    assert.deepEqual(
      records.map(({ outcome }) => outcome),
      ['done', 'done'],
    );
    const { words } = JSON.parse(await readFile(at('pause.json'), 'utf8'));
    assert.equal(words.find((word: { text: string }) => word.text === 'Then').start, 0.14);
  });
});

/** The monitor of the sink misses the first milliseconds of what it wakes up for, and a busy machine makes gaps. */
function assertHeard(samples: Buffer, recording: PulseRecording): void {
  const sound = recording.sound();
  const blocks = Array.from({ length: Math.floor(samples.length / 2400) }, (_, at) =>
    samples.subarray(at * 2400, (at + 1) * 2400),
  ).filter(block => block.some(byte => byte !== 0));
  const heard = blocks.filter(block => sound.includes(block)).length;
  assert.ok(heard >= blocks.length * 0.6, `${heard} of ${blocks.length} pieces of 50 ms were heard`);
}

/** Silence comes within 100 ms. What is measured is the busy machine as well, so that three attempts are allowed. */
async function quickest(attempt: () => Promise<number>): Promise<void> {
  const took: number[] = [];
  while (took.length < 3) {
    took.push(await attempt());
    if ((took.at(-1) ?? 0) < 100) return;
  }
  assert.fail(`sound for ${took.map(Math.round).join(', ')} ms`);
}

describe('a loudspeaker that is listened to', { skip: noFifo || without('pulseaudio', 'parec', 'pacat') }, () => {
  let pulse: Pulse;
  let recording: PulseRecording;
  before(async () => {
    pulse = await startPulse(folder);
  });
  after(() => pulse?.stop());
  // What one test plays is not for the next to hear.
  const listen = async (t: { after(end: () => unknown): void }) => {
    recording = await pulse.record();
    t.after(() => recording.stop());
    return recording;
  };
  const player = [...LOCAL, '--player', 'pacat'];

  it('the first sentence is heard while the pipe is open, and the run waits for more', async t => {
    const heard = await listen(t);
    const { child, write, end, over } = onFifo([...player, '-o', 'heard.raw', '--play'], pulse.env);
    write('First sentence.');
    await heard.next(true);
    await heard.next(false);
    assert.equal(child.exitCode, null);
    write(' End.');
    end();
    const { code, stderr } = await over;
    assert.equal(code, 0, stderr);
    const samples = await readFile(at('heard.raw'));
    assertHeard(samples, heard);
  });

  it('one command plays and writes WAV, SRT and JSON that agree with each other', async t => {
    const heard = await listen(t);
    const argv = [...player, '--play', '-o', 'one.wav', '-o', 'one.raw', '--srt', '--timestamps', '--cues', 'word'];
    const { write, end, over } = onFifo(argv, pulse.env);
    const started = performance.now();
    for (const token of 'Every output of one run agrees.'.split(/(?= )/)) {
      write(token);
      await real(30);
    }
    end();
    const { code, stderr } = await over;
    assert.equal(code, 0, stderr);
    const samples = await readFile(at('one.raw'));
    const { words, duration, text } = JSON.parse(await readFile(at('one.json'), 'utf8'));
    assert.equal(text, 'Every output of one run agrees.');
    assert.ok(Math.abs(duration - samples.length / 48_000) < 1e-6);
    assert.equal((await readFile(at('one.wav'))).includes(samples), true);
    const cues = [...(await readFile(at('one.srt'), 'utf8')).matchAll(/\n(\S+) --> .*\n(.*)\n/g)];
    assert.deepEqual(
      cues.map(([, from, cue]) => [cue, from]),
      words.map((word: { text: string; start: number }) => [word.text, timecode(word.start)]),
    );
    // It returned when the last sample had been heard, and all of them had been.
    assert.ok(performance.now() - started > duration * 1000);
    assertHeard(samples, heard);
  });

  it('S5: Ctrl-C is silent within 100 ms', async t => {
    const heard = await listen(t);
    await quickest(async () => {
      const { child, write, over } = onFifo(player, pulse.env);
      write(LONG.repeat(3));
      await heard.next(true);
      await real(300);
      const before = performance.now();
      child.kill('SIGINT');
      assert.equal((await over).code, 130);
      await heard.next(false);
      return (heard.lastSoundAt ?? 0) - before;
    });
  });

  it('S4: a writer that is slow makes gaps, and each is resumed and no fault', async t => {
    const heard = await listen(t);
    const { write, end, over } = onFifo([...player, '--verbose', '--by', 'sentence'], pulse.env);
    write('One. ');
    await heard.next(true);
    await heard.next(false);
    await real(400);
    write('Two.');
    const again = heard.next(true);
    end();
    await again;
    const { code, stderr } = await over;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /played with pacat$/m);
  });

  describe('at a terminal', { skip: without('python3') }, () => {
    let pty: Pty | undefined;
    afterEach(() => pty?.kill());
    const open = (...argv: string[]) => {
      pty = startPty(['stream', ...argv], { ...pulse.env, HOME: folder }, folder);
      return pty;
    };

    it('each line is spoken; Ctrl-C stops one within 100 ms and keeps the session; Ctrl-D leaves', async t => {
      const heard = await listen(t);
      const terminal = open(...player, '--captions');
      await terminal.until(/> /);
      let mark = 0;
      await quickest(async () => {
        terminal.type(`${LONG}\r`);
        await heard.next(true);
        await terminal.until(above('This is'), mark);
        await real(200);
        const before = performance.now();
        terminal.type('\x03');
        await heard.next(false);
        await terminal.until(/\(stopped; Ctrl-C again or Ctrl-D leaves\)/, mark);
        mark = terminal.shown().length;
        return (heard.lastSoundAt ?? 0) - before;
      });
      terminal.type('Second line.\r');
      await heard.next(true);
      await terminal.until(above('Second'), mark);
      terminal.type('\x04');
      assert.equal(await terminal.over(), 0);
      // All of it, after the typing had ended.
      assert.match(terminal.shown().slice(mark), /line\./);
      assert.match(terminal.shown(), /spoke \d/);
    });

    it('a line that is typed while it speaks waits; Ctrl-C twice leaves with 130', async t => {
      const heard = await listen(t);
      const terminal = open(...player, '--json', '-q');
      terminal.type('First words.\rAnd then more words.\r');
      await heard.next(true);
      await terminal.until(/"flushed"[\s\S]*"flushed"/);
      assert.equal(terminal.shown().match(/"type":"context"/g)?.length, 2);
      terminal.type('\x03');
      await heard.next(false);
      await terminal.until(/stopped/);
      terminal.type('\x03');
      assert.equal(await terminal.over(), 130);
    });

    it('--barge-in: a new line interrupts', async t => {
      const heard = await listen(t);
      const terminal = open(...player, '--barge-in', '--captions');
      await terminal.until(/> /);
      terminal.type(`${LONG}\r`);
      await heard.next(true);
      await terminal.until(/This is/);
      const mark = terminal.shown().length;
      terminal.type('New.\r');
      await terminal.until(above('New\\.'), mark);
      terminal.type('\x04');
      assert.equal(await terminal.over(), 0);
      assert.doesNotMatch(terminal.shown().slice(mark), /about it/);
    });

    it('T6: survives a resize, and Ctrl-Z and fg', async () => {
      const terminal = open(...LOCAL, '--captions', '-o', 'typed.raw', '--timestamps', 'typed.json');
      await terminal.until(/> /);
      terminal.type('Wide words are shown here.\r');
      await terminal.until(above('Wide words are shown here\\.'));
      terminal.resize(20, 10);
      let mark = terminal.shown().length;
      terminal.type('These words wrap at twenty.\r');
      await terminal.until(above('These words wrap'), mark);
      await terminal.until(above('at\\r\\ntwenty\\.'), mark);
      terminal.type('\x1a');
      await real(200);
      terminal.signal('SIGCONT');
      mark = terminal.shown().length;
      terminal.type('Back again.\r');
      await terminal.until(above('Back again\\.'), mark);
      terminal.type('\x04');
      assert.equal(await terminal.over(), 0);
      const { text } = JSON.parse(await readFile(at('typed.json'), 'utf8'));
      assert.equal(text, 'Wide words are shown here.\nThese words wrap at twenty.\nBack again.\n');
    });

    it('T6: takes a paste of 1 MB, and Ctrl-C drops what of it waits', async () => {
      const terminal = open(...LOCAL, '-o', 'pasted.raw', '--timestamps', 'pasted.json');
      await terminal.until(/> /);
      const line =
        'Pasted words, and more of them in every line of it, so that there are enough of them for one line. ';
      terminal.type(`${line}\r`.repeat(10_000));
      terminal.type('Its end.\r');
      await terminal.until(/Its end\.\r/, 0, 60_000);
      const mark = terminal.shown().length;
      terminal.type('\x03');
      await terminal.until(/\(stopped, and \d+ lines that waited;/, mark);
      terminal.type('Last.\r\x04');
      assert.equal(await terminal.over(), 0);
      const { text } = JSON.parse(await readFile(at('pasted.json'), 'utf8'));
      assert.ok(text.startsWith(`${line}\n`) && text.endsWith(`${line}\nLast.\n`));
    });

    it('SIGTERM gives the terminal back and ends with 143', async () => {
      const terminal = open(...player);
      await terminal.until(/> /);
      terminal.signal('SIGTERM');
      assert.equal(await terminal.over(), 143);
    });
  });
});

/** What is shown above the prompt, which is drawn anew each time. */
function above(text: string): RegExp {
  return new RegExp(`\\u001b\\[0J[^\\u001b]*${text}[^\\u001b]*\\r\\n`);
}

function timecode(time: number): string {
  return `${new Date(Math.floor(time * 1000 + 1e-6)).toISOString().slice(11, 23).replace('.', ',')}`;
}

describe('text without end', () => {
  it('T1: an endless pipe is read no faster than it is spoken, in flat memory', { skip: without('yes') }, async () => {
    const { code, stdout } = await shell(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
      'yes \'words without end \' | aloud stream --provider local --no-play -o - --format raw | head -c 4000000 | wc -c; echo "${PIPESTATUS[@]}"',
      { cwd: folder, env: { HOME: folder }, timeout: 60_000 },
    );
    assert.equal(code, 0);
    assert.match(stdout, /^4000000\n\d+ 0 0 0\n$/);
  });
});
