/** The pages under docs/ are true: their commands run as written, and they name what there is. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FAULTS, type FaultKind } from '../src/server/faults.ts';
import { aloud, BIN, shell } from './support/cli.ts';
import { without } from './support/programs.ts';

const ROOT = join(import.meta.dirname, '..');
const page = (name: string) => readFile(join(ROOT, name), 'utf8');

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-docs-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** The blocks of code in a page, by the language that they name. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code);
}

describe('docs/offline-testing.md', () => {
  it('works as written', { skip: without('curl') }, async () => {
    const text = (await page('docs/offline-testing.md')).replaceAll('8787', String(await freePort()));
    for (const code of blocks(text, 'js')) {
      const [, name = ''] = /^\/\/ (\S+)\n/.exec(code) ?? [];
      assert.notEqual(name, '');
      await writeFile(join(folder, name), code);
    }
    // As `npm install --global ./aloud-*.tgz` and the page's own `npm install` would have it.
    const lines = blocks(text, 'sh')
      .join('\n')
      .replace(/^npm install @cartesia\/cartesia-js ws$/m, '');
    assert.ok(!lines.includes('npm '));
    await symlink(BIN, join(folder, 'aloud'));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const env = { PATH: `${folder}${delimiter}${process.env.PATH}`, HOME: folder };
    const script = `unset -f aloud; set -e\n${lines}`;
    const { code, stdout, stderr } = await shell(script, { cwd: folder, env, timeout: 60_000 });
    assert.equal(code, 0, stderr);
    const sizes = [...stdout.matchAll(/^(\d+) bytes of speech$/gm)].map(([, bytes]) => Number(bytes));
    assert.equal(sizes.length, 2);
    assert.ok(sizes.every(bytes => bytes > 24_000 && bytes === sizes[0]));
    assert.equal(stdout.match(/"event":"context"/g)?.length, 1);
    for (const name of ['served.wav', 'tried.wav', 'well.wav', 'pipeline.wav']) {
      assert.ok((await stat(join(folder, name))).size > 20_000, name);
    }
  });
});

describe('docs/serve.md', () => {
  it('names every fault, with its argument and what is usual', async () => {
    const rows = (await page('docs/serve.md')).split('\n').filter(line => /^\| `[a-z0-9-]+(:[A-Z]+)?` \| /.test(line));
    const named = rows.map(row => /`([^`]+)`/.exec(row)?.[1]).filter(name => !name?.startsWith('-'));
    const known = Object.entries<FaultKind>(FAULTS).map(([name, { argument }]) =>
      argument === undefined ? name : `${name}:${argument.name}`,
    );
    assert.deepEqual(named, known);
    for (const [name, kind] of Object.entries<FaultKind>(FAULTS)) {
      const row =
        rows.find(line => line.startsWith(`| \`${name}${kind.argument ? `:${kind.argument.name}` : ''}\``)) ?? '';
      if (kind.argument !== undefined) assert.ok(row.includes(String(kind.argument.usual)), name);
      assert.equal(/once a socket/.test(row), !kind.repeats, name);
      assert.equal(/from frame 2/.test(row), kind.from === 2, name);
    }
  });

  it('names every flag of its own', async () => {
    const [text, { stdout }] = await Promise.all([page('docs/serve.md'), aloud(['help', 'serve'])]);
    const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag = '']) => flag);
    const general = ['--quiet', '--verbose', '--debug', '--no-color', '--help'];
    assert.ok(flags.length > 10);
    for (const flag of flags) if (!general.includes(flag)) assert.ok(text.includes(`\`${flag}`), flag);
  });
});
