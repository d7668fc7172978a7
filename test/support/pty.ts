/** The program on a real pseudo-terminal, typed at by a test. */
import { spawn } from 'node:child_process';
import { BIN, requireBuild } from './cli.ts';

export interface Pty {
  /** Everything that was shown so far, escape sequences included. */
  shown(): string;
  /** Types; Enter is `\r`, Ctrl-C is `\x03`. */
  type(text: string): void;
  resize(columns: number, rows: number): void;
  signal(name: 'SIGTSTP' | 'SIGCONT' | 'SIGINT' | 'SIGTERM'): void;
  /** Resolves when `pattern` is in what was shown after `from`; fails after ten seconds, with what was shown. */
  until(pattern: RegExp, from?: number): Promise<void>;
  /** The exit code, or 128 and the number of the signal; fails after ten seconds. */
  readonly over: Promise<number>;
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
orders = b''
typed = b''
sources = [master, 0]
while True:
    ready, free, _ = select.select(sources, [master] if typed else [], [])
    if master in ready:
        try:
            data = os.read(master, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
    if free:
        typed = typed[os.write(master, typed[:1024]):]
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
  let shown = '';
  let look: (() => void) | undefined;
  child.stdout.on('data', (data: Buffer) => {
    shown += data.toString('latin1');
    look?.();
  });
  child.stdin.on('error', () => {});
  const order = (what: object) => child.stdin.write(`${JSON.stringify(what)}\n`);
  const over = new Promise<number>((resolve, reject) => {
    child.once('close', code => resolve(code ?? -1));
    child.once('error', reject);
  });
  over.catch(() => {});

  return {
    shown: () => Buffer.from(shown, 'latin1').toString('utf8'),
    type: text => void order({ type: text }),
    resize: (columns, rows) => void order({ size: [columns, rows] }),
    signal: name => void order({ signal: name }),
    until: (pattern, from = 0) =>
      patient(
        new Promise<void>(resolve => {
          look = () => {
            if (!pattern.test(Buffer.from(shown.slice(from), 'latin1').toString('utf8'))) return;
            look = undefined;
            resolve();
          };
          look();
        }),
        () => `${pattern} was not shown, but: ${JSON.stringify(shown.slice(from).slice(-500))}`,
      ),
    over: patient(over, () => `it did not end; it showed: ${JSON.stringify(shown.slice(-500))}`),
    kill: () => child.kill('SIGKILL'),
  };
}

/** A limit for what would otherwise hang a test; started when it is asked for. */
function patient<T>(promise: Promise<T>, why: () => string): Promise<T> & PromiseLike<T> {
  const lazy = {
    // biome-ignore lint/suspicious/noThenProperty: the limit counts from when somebody waits
    then: (resolve: never, reject: never) => limited().then(resolve, reject),
  };
  const limited = () =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(why())), PATIENCE_MS);
      promise.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  return lazy as unknown as Promise<T>;
}
