#!/usr/bin/env node
import { createHost, main } from '../dist/cli.js';

process.exitCode = await main(createHost(process));
