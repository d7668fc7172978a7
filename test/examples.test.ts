/** Runs every example in every help, in README and in the guide for real: neither may promise what the program lacks. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { everyCommand, readTree } from '../scripts/command-tree.ts';
import { aloud, ended, requireBuild, shell, start } from './support/cli.ts';
import { script, without } from './support/programs.ts';

/** Programs that the examples pipe from or into, in a form that touches nothing. */
const PROGRAMS: Readonly<Record<string, string>> = {
  // As long as sound lasts: a player that ends before it is one that failed.
  aplay: '/bin/sleep $(( $(/usr/bin/wc -c) / 48000 ))',
  llm: 'echo "Once upon a time. The end."',
  tail: 'printf "One line.\\nAnother.\\n"',
};

/** Commands that run until they are ended. */
const LASTING: readonly string[] = ['serve'];

/** Lines that need a service: theirs is `aloud serve`. */
const REMOTE = /\baloud token\b|--resume\b/;

/** Lines of README that are about this repository: they are run by whoever runs the tests. */
const ELSEWHERE = /^npm /;

const sources = await Promise.all(
  everyCommand(await readTree())
    .filter(({ path }) => path[0] !== 'help')
    .map(async ({ path }) => {
      const { stdout } = await aloud([...path, '--help']);
      const title = `aloud ${[...path, '--help'].join(' ')}`;
      return { title, examples: [...stdout.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line) };
    }),
);
for (const page of ['README.md', 'docs/guide.md']) {
  sources.push({ title: page, examples: linesOf(readFileSync(join(import.meta.dirname, '..', page), 'utf8')) });
}

/** The command lines in blocks of shell code, without what is said about them. */
function linesOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, code = '']) => code);
  const lines = blocks.join('').replaceAll('\\\n', ' ').split('\n');
  return lines.map(line => line.replace(/\s+# .*$/, '').trim()).filter(line => line !== '' && !ELSEWHERE.test(line));
}

/** What stands in a line that needs a program. */
const NEEDS = ['--cert', 'sox', 'ffmpeg', 'curl'];

let folder = '';
let env: Record<string, string> = {};
let service: Record<string, string> = {};
let served: ChildProcess | undefined;
before(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'aloud-examples-'));
  for (const [name, body] of Object.entries(PROGRAMS)) await script(join(folder, 'bin'), name, body);
  await writeFile(join(folder, 'book.txt'), 'It was a dark night. Nobody was about.\n\nThen there was a knock.\n');
  await writeFile(join(folder, 'aloud.fixtures.yaml'), '- { id: hello, text: "Hello, world" }\n');
  await writeFile(join(folder, 'corpus.jsonl'), '{"id":"one","text":"One"}\n{"id":"two","text":"Two"}\n');
  await writeFile(join(folder, '.aloudrc.json'), JSON.stringify({ profiles: { narrator: { speed: 0.9 } } }));
  await writeFile(join(folder, 'key.txt'), 'a-key-of-your-own\n', { mode: 0o600 });
  if (without('openssl') === false) makeCertificate();
  env = {
    PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
    HOME: folder,
    ALOUD_PROVIDER: 'local',
  };
  // As long as all the examples take: it is ended below, and killed only where that was forgotten.
  const life = { timeout: 600_000 };
  served = start(['serve', '--port', '0', '--json', '--quiet'], { cwd: folder, env: { HOME: folder }, ...life });
  assert.ok(served.stdout);
  const [first] = await once(served.stdout, 'data');
  service = { CARTESIA_API_KEY: 'a-key', ALOUD_PROVIDER: 'cartesia', ALOUD_BASE_URL: JSON.parse(first).url };
});
after(async () => {
  if (served !== undefined && served.exitCode === null) {
    served.kill();
    await once(served, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

for (const [at, { title, examples }] of sources.entries()) {
  describe(title, () => {
    it('begins with examples', () => assert.ok(examples.length > 0));

    for (const line of examples) {
      const command = /\baloud (\S+)/.exec(line)?.[1] ?? '';
      const needs = NEEDS.filter(program => line.includes(program));
      it(line, { skip: without(...needs.map(program => (program === '--cert' ? 'openssl' : program))) }, async () => {
        if (LASTING.includes(command)) return lasts(line);
        // What one sets must not matter to another.
        const around = {
          ...env,
          HOME: join(folder, `home-${at}`),
          ALOUD_PLAYER: line.includes('--play') ? 'aplay' : 'none',
          ...(REMOTE.test(line) ? service : {}),
        };
        const { code, stderr } = await shell(line, { cwd: folder, env: around, timeout: 30_000 });
        assert.equal(code, 0, stderr);
      });
    }
  });
}

function makeCertificate(): void {
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost'];
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  execFileSync('openssl', ['req', '-x509', ...kind, ...files], { stdio: 'ignore' });
}

/** Starts what runs until it is ended, waits until it has said something, and ends it. */
async function lasts(line: string): Promise<void> {
  // A port that nobody else has, and never beyond this machine.
  const args = line
    .split(' ')
    .slice(1)
    .map(arg => (arg === '0.0.0.0' ? '127.0.0.1' : arg));
  const around = line.includes('--upstream') ? { ...env, ...service } : env;
  const child = start([...args, '--port', '0'], { cwd: folder, env: around });
  const done = ended(child);
  assert.ok(child.stdout && child.stderr);
  await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), done]);
  child.kill('SIGINT');
  const { code, stderr } = await done;
  assert.equal(code, 130, stderr);
  assert.match(stderr, /127\.0\.0\.1:\d+/);
}
