/** Runs every example in every help for real: help may not promise what the program lacks. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { COMMANDS } from '../src/commands/index.ts';
import { aloud, ended, requireBuild, shell, start } from './support/cli.ts';
import { script, without } from './support/programs.ts';

/** Programs that the examples pipe from or into, in a form that touches nothing. */
const PROGRAMS: Readonly<Record<string, string>> = {
  aplay: 'exec /bin/cat > /dev/null',
  llm: 'echo "Once upon a time. The end."',
};

/** Commands that run until they are ended. */
const LASTING: readonly string[] = ['serve'];

/** Examples that need a service, which no test may reach; what they need is tested against a scripted one. */
const REMOTE: readonly string[] = ['token'];

const helps = await Promise.all(
  [[], ...Object.keys(COMMANDS).map(name => [name])].map(async argv => ({
    title: `help ${argv}`.trim(),
    text: (await aloud(['help', ...argv])).stdout,
  })),
);

let folder = '';
let env: Record<string, string> = {};
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
    ALOUD_PLAYER: 'none',
    ALOUD_PROVIDER: 'local',
  };
});
after(() => rm(folder, { recursive: true, force: true }));

for (const { title, text } of helps) {
  describe(title, () => {
    const examples = [...text.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line);

    it('begins with examples', () => assert.ok(examples.length > 0));

    for (const line of examples) {
      const command = /\baloud (\S+)/.exec(line)?.[1] ?? '';
      if (REMOTE.includes(command)) continue;
      it(line, { skip: line.includes('--cert') && without('openssl') }, async () => {
        if (LASTING.includes(command)) return lasts(line);
        const { code, stderr } = await shell(line, { cwd: folder, env, timeout: 30_000 });
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
  const child = start([...args, '--port', '0'], { cwd: folder, env });
  const done = ended(child);
  assert.ok(child.stdout && child.stderr);
  await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), done]);
  child.kill('SIGINT');
  const { code, stderr } = await done;
  assert.equal(code, 130, stderr);
  assert.match(stderr, /127\.0\.0\.1:\d+/);
}
