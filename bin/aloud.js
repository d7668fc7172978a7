#!/usr/bin/env node
import { readFileSync } from 'node:fs';

try {
  const { createHost, main } = await import('../dist/cli.js');
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.exitCode = await main(createHost(process, version));
} catch (error) {
  // Too few for the program's own files: it has not begun, and there is a remedy.
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
  process.stderr.write('aloud: too many files are open\n  raise the limit (ulimit -n) or do less at once\n');
  process.exitCode = 6;
}
// After a signal nobody waits for a reader that takes nothing. In all other cases what is written gets there first.
if (process.exitCode > 128) process.exit();
