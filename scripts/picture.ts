/** Draws the terminal in README out of a real run on a pseudo-terminal: `node --import tsx scripts/picture.ts`. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(import.meta.dirname, '..');

/** Where the picture is. */
export const PICTURE = join(ROOT, 'docs/picture.svg');

const COLUMNS = 78;

/** What is typed. Each line is run by a shell in one folder, with the built-in voice. */
export const SCENE: readonly string[] = [
  'aloud say "Hello, world" -o hello.wav --srt',
  'cat hello.srt',
  'echo "It was late, and nobody spoke." | aloud stream --captions -o late.wav',
  'aloud voices-test en-us en-gb fr --text "Bonjour, hello" --sort wpm',
  'aloud say "Bonjour" --voice french',
];

/** What a terminal shows when the scene is played: a line each, with the marks for colour as they were sent. */
export function playScene(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'aloud-picture-'));
  try {
    symlinkSync(join(ROOT, 'bin/aloud.js'), join(folder, 'aloud'));
    const env = {
      PATH: [folder, dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: folder,
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      ALOUD_PROVIDER: 'local',
      ALOUD_PLAYER: 'none',
      // A still picture has no spinner in it.
      CI: 'true',
    };
    const lines = SCENE.flatMap(line => {
      const shown = execFileSync('python3', ['-c', TERMINAL, String(COLUMNS), line], { cwd: folder, env });
      return [`\u001b[1;32m$\u001b[0m \u001b[1m${line}\u001b[0m`, ...shown.toString('utf8').trimEnd().split(/\r*\n/)];
    });
    if (lines.some(line => line.includes(folder))) throw new Error('a path of this machine would be in the picture');
    return [...lines, '\u001b[1;32m$\u001b[0m █'];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a line of shell with a terminal of so many columns for all its streams; it may fail, as people's lines do. */
const TERMINAL = `
import fcntl, os, pty, struct, sys, termios
pid, master = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, int(sys.argv[1]), 0, 0))
    os.execvp('sh', ['sh', '-c', sys.argv[2]])
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break
    if not data:
        break
    os.write(1, data)
os.waitpid(pid, 0)
`;

const [CELL, ROW, SIZE, EDGE, BAR] = [8.4, 20, 14, 18, 34];

/** The lines as a picture that looks the same on a dark page and on a light one. */
export function draw(lines: readonly string[]): string {
  const width = Math.round(COLUMNS * CELL + 2 * EDGE);
  const height = lines.length * ROW + BAR + EDGE;
  const rows = lines.map((line, at) => drawLine(line, BAR + at * ROW + SIZE));
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, at) => `<circle cx="${EDGE + 4 + at * 18}" cy="17" r="5.5" fill="${colour}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">
<title id="title">A terminal: ${xml(SCENE[0] ?? '')}, and what it prints</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="9" fill="#12161c" stroke="#6e7681" stroke-opacity="0.5"/>
${lights.join('')}
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${SIZE}" fill="#d7dde5">
${rows.filter(row => row !== '').join('\n')}
</g>
</svg>
`;
}

const COLOURS: Readonly<Record<string, string>> = {
  31: '#ff7b72',
  32: '#56d364',
  33: '#e3b341',
  36: '#76e3ea',
};

/** The parts of a line, each where its column is: no font is wide enough to move the next. */
function drawLine(line: string, y: number): string {
  let [column, colour, isBold, isDim] = [0, '', false, false];
  const parts: string[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal is sent
  for (const [, codes, text = ''] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+)/g)) {
    for (const code of codes === undefined ? [] : codes.split(';')) {
      if (code === '0' || code === '') [colour, isBold, isDim] = ['', false, false];
      else if (code === '1') isBold = true;
      else if (code === '2') isDim = true;
      else if (code === '22') [isBold, isDim] = [false, false];
      else if (code === '39') colour = '';
      else colour = COLOURS[code] ?? colour;
    }
    for (const { 0: word, index } of text.matchAll(/\S+(?: \S+)*/g)) {
      const at = column + index;
      const marks = [
        ...(colour === '' ? [] : [`fill="${colour}"`]),
        ...(isBold ? ['font-weight="bold"'] : []),
        ...(isDim ? ['opacity="0.65"'] : []),
      ];
      const place = `x="${(EDGE + at * CELL).toFixed(1)}" y="${y}" textLength="${(word.length * CELL).toFixed(1)}"`;
      parts.push(`<text ${[place, ...marks].join(' ')} xml:space="preserve">${xml(word)}</text>`);
    }
    column += text.length;
  }
  return parts.join('');
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PICTURE, draw(playScene()));
