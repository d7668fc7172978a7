#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { createHost, main } from '../dist/cli.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
process.exitCode = await main(createHost(process, version));
// After a signal nobody waits for a reader that takes nothing. In all other cases what is written gets there first.
if (process.exitCode > 128) process.exit();
