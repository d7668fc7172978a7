/** README is true: its tables follow from the code, and a provider is added by the lines that it shows. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { EXIT_CODES } from '../src/errors.ts';

const ROOT = join(import.meta.dirname, '..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const run = promisify(execFile);

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-readme-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** What stands between two marks. */
function marked(name: string): string {
  const [, text = ''] = new RegExp(`<!-- ${name} -->\n(.*?)<!-- /${name} -->`, 's').exec(README) ?? [];
  assert.notEqual(text, '', name);
  return text;
}

describe('README', () => {
  it('lists every exit code', () => {
    const listed = [...README.matchAll(/^\| ([\d, ]+) \| \S/gm)].flatMap(([, codes = '']) =>
      codes.split(', ').map(Number),
    );
    const known = [0, ...Object.values(EXIT_CODES), 129, 130, 143];
    assert.deepEqual([...new Set(listed)].sort(), [...new Set(known)].sort());
  });

  it('is not longer than a front door', () => {
    assert.ok(README.split('\n').length < 250);
  });

  it('adds a provider in ten lines, which are right in the eyes of the compiler and speak', async () => {
    const [file = '', line = ''] = [...marked('provider').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code);
    const lines = `${file}${line}`.split('\n').filter(each => each !== '' && !each.startsWith('//'));
    assert.equal(lines.length, 10);

    for (const name of ['src', 'tsconfig.json', 'package.json']) {
      await cp(join(ROOT, name), join(folder, name), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'src/providers/beep.ts'), file);
    const registry = join(folder, 'src/providers/index.ts');
    const opening = 'export const PROVIDERS = {\n';
    const before = await readFile(registry, 'utf8');
    assert.ok(before.includes(opening));
    await writeFile(registry, before.replace(opening, opening + line));

    const project = { extends: './tsconfig.json', include: ['src'], exclude: ['src/report/client*.ts'] };
    await writeFile(join(folder, 'tsconfig.beep.json'), JSON.stringify(project));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    await run(tsc, ['-p', 'tsconfig.beep.json'], { cwd: folder });

    const start = `import { createHost, main } from './src/cli.ts';
      process.exitCode = await main(createHost(process, '0.0.0'));`;
    await writeFile(join(folder, 'start.mjs'), start);
    const env = { PATH: process.env.PATH, HOME: folder, ALOUD_PLAYER: 'none' };
    const aloud = (...argv: string[]) =>
      run(process.execPath, ['--import', 'tsx', 'start.mjs', ...argv], { cwd: folder, env });
    await aloud('say', '--provider', 'beep', 'Hello', '-o', 'beep.wav');
    const sound = await readFile(join(folder, 'beep.wav'));
    assert.equal(sound.length, 44 + (24_000 / 10) * 2);
    assert.ok(sound.subarray(44).some(byte => byte !== 0));
    await assert.rejects(aloud('say', '--provider', 'bep', 'Hello'), /did you mean beep\?/);

    // With a key, as docs/architecture.md says: a row in the table of settings is all that it takes.
    await replace(registry, "'a beep for each piece', credentials: []", "'a beep', credentials: ['BEEP_API_KEY']");
    const settings = join(folder, 'src/settings/index.ts');
    const row = "beepApiKey: { env: 'BEEP_API_KEY', files: 'user', about: 'API key of beep' },";
    await replace(settings, '  slngApiKey: {', `  ${row}\n  slngApiKey: {`);
    await replace(
      settings,
      '  readonly slngApiKey:',
      '  readonly beepApiKey: Secret | undefined;\n  readonly slngApiKey:',
    );
    await run(tsc, ['-p', 'tsconfig.beep.json'], { cwd: folder });
    await assert.rejects(aloud('say', '--provider', 'beep', 'Hello'), /there is no key for beep\n {2}set BEEP_API_KEY/);
    Object.assign(env, { BEEP_API_KEY: 'a-key-of-beep' });
    const { stdout } = await aloud('config', '--origin');
    assert.match(stdout, /^provider +beep +default: BEEP_API_KEY is set$/m);
    assert.match(stdout, /^beep_api_key +set +env BEEP_API_KEY$/m);
    await aloud('say', 'Hello', '-o', 'beep.wav');
  });
});

async function replace(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  assert.ok(text.includes(from), from);
  await writeFile(file, text.replace(from, to));
}
