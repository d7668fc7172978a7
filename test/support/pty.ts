/** The program on a real pseudo-terminal, typed at by a test. */
import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { BIN, requireBuild } from './cli.ts';

export interface Pty {
  /** Everything that was shown so far, escape sequences included. */
  shown(): string;
  /** Types; Enter is `\r`, Ctrl-C is `\x03`. */
  type(text: string): void;
  resize(columns: number, rows: number): void;
  signal(name: 'SIGTSTP' | 'SIGCONT' | 'SIGINT' | 'SIGTERM'): void;
  /** Resolves when `pattern` is in what was shown after `from`; fails after ten seconds or `ms`, with what was shown. */
  until(pattern: RegExp, from?: number, ms?: number): Promise<void>;
  /** The exit code, or 128 and the number of the signal; fails after ten seconds. */
  over(): Promise<number>;
  kill(): void;
}

// Reads orders as lines of JSON, shows what the terminal shows, and exits as the program does.
const SCRIPT = `
import fcntl, json, os, pty, select, signal, struct, sys, termios
pid, master = pty.fork()
if pid == 0:
    os.execvpe(sys.argv[1], sys.argv[1:], os.environ)
def size(columns, rows):
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
size(80, 24)
# The program may wait for us to read while we would wait for it.
os.set_blocking(master, False)
orders = b''
typed = b''
sources = [master, 0]
while True:
    ready, free, _ = select.select(sources, [master] if typed else [], [])
    if master in ready:
        try:
            data = os.read(master, 65536)
        except BlockingIOError:
            continue
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
    if free:
        try:
            typed = typed[os.write(master, typed[:4096]):]
        except BlockingIOError:
            pass
    if 0 in ready:
        data = os.read(0, 65536)
        if not data:
            sources = [master]
        orders += data
        *lines, orders = orders.split(b'\\n')
        for line in lines:
            order = json.loads(line)
            if 'type' in order: typed += order['type'].encode()
            if 'size' in order: size(*order['size'])
            if 'signal' in order: os.kill(pid, getattr(signal, order['signal']))
_, status = os.waitpid(pid, 0)
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status))
`;

const PATIENCE_MS = 10_000;

/** Starts the program with a terminal for stdin, stdout and stderr. */
export function startPty(argv: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Pty {
  requireBuild();
  const child = spawn('python3', ['-u', '-c', SCRIPT, process.execPath, BIN, ...argv], {
    cwd,
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => parts.push(data));
  const shown = () => {
    const all = Buffer.concat(parts);
    parts.splice(0, parts.length, all);
    return all.toString('utf8');
  };
  child.stdin.on('error', () => {});
  const order = (what: object) => child.stdin.write(`${JSON.stringify(what)}\n`);
  const over = new Promise<number>((resolve, reject) => {
    child.once('close', code => resolve(code ?? -1));
    child.once('error', reject);
  });
  over.catch(() => {});

  return {
    shown,
    type: text => void order({ type: text }),
    resize: (columns, rows) => void order({ size: [columns, rows] }),
    signal: name => void order({ signal: name }),
    async until(pattern, from = 0, ms = PATIENCE_MS) {
      const end = performance.now() + ms;
      // A look is dear where much is shown, so not at every piece of it.
      while (!pattern.test(shown().slice(from))) {
        if (performance.now() > end) throw new Error(`${pattern} was not shown, but: ${tail(shown().slice(from))}`);
        await setTimeout(20);
      }
    },
    async over() {
      const late = new AbortController();
      const limit = setTimeout(PATIENCE_MS, undefined, { signal: late.signal }).then(() => {
        throw new Error(`it did not end; it showed: ${tail(shown())}`);
      });
      try {
        return await Promise.race([over, limit]);
      } finally {
        late.abort();
        limit.catch(() => {});
      }
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function tail(text: string): string {
  return JSON.stringify(text.slice(-500));
}
