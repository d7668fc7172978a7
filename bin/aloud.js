#!/usr/bin/env node
const { readFileSync, writeSync } = require('node:fs');
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
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  const [asked, ...more] = process.argv.slice(2);
  if (['--version', '-V'].includes(asked) && more.length === 0 && said(`${version}\n`)) return 0;
  const { openProgram } = require('../dist/start.js');
  const program = openProgram(join(__dirname, '../dist'), require, process);
  const { createHost, main } = program.load('./cli.js');
  const code = await main(createHost(process, version));
  if (code === 0) program.keep();
  return code;
}

/** Whether it went out at once, without the program and the streams that take it longer; else it is left to them. */
function said(text) {
  try {
    return writeSync(1, text) === text.length;
  } catch {
    return false;
  }
}
