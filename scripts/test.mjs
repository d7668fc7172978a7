/** Runs the test files named on the command line, or all of them, with Node's own runner. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const named = process.argv.slice(2);
const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts'))
  .map(file => `test/${file.replaceAll('\\', '/')}`)
  .sort();
// Node leaves one core idle; these tests wait for devices and sockets more than they compute.
const runner = [
  '--import',
  'tsx',
  '--import',
  './test/support/seed.mjs',
  '--test',
  `--test-concurrency=${availableParallelism()}`,
  '--test-reporter=spec',
];
const { status } = spawnSync(process.execPath, [...runner, ...(named.length > 0 ? named : all)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
