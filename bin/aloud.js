#!/usr/bin/env node
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

run().then(
  code => {
    process.exitCode = code;
    // After a signal nobody waits for a reader that takes nothing. In all other cases what is written gets there first.
    if (code > 128) process.exit();
  },
  error => {
    // Too few for the program's own files: it has not begun, and there is a remedy.
    if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error;
    process.stderr.write('aloud: too many files are open\n  raise the limit (ulimit -n) or do less at once\n');
    process.exitCode = 6;
  },
);

async function run() {
  const { createHost, main } = require('../dist/cli.js');
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  return main(createHost(process, version));
}
