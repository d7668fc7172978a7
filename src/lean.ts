/** What V8 is told while it runs: to stay small in long runs, and to lose no time in short ones. */
import { setFlagsFromString } from 'node:v8';
import type { Script } from 'node:vm';

/**
 * More and more memory would be set aside for what is thrown away at once, of which long speech makes much. Young memory
 * stays as large as it is, old memory is tidied up early; for so little, waking other threads costs more than they help.
 * V8 looks at these whenever it tidies up.
 */
const LEAN = ['--semi-space-growth-factor=1', '--optimize-for-size', '--no-parallel-scavenge'];
/** As V8 starts; the size comes with what is for size. */
const USUAL = [
  '--semi-space-growth-factor=2',
  '--no-optimize-for-size',
  '--max-semi-space-size=0',
  '--parallel-scavenge',
];

/** So much audio makes a long run, in bytes: a short one is over sooner without. */
const LONG_BYTES = 1024 * 1024;
let heard = 0;

/** So many bytes of audio more have gone through this process. */
export function stayLean(bytes: number): void {
  if (heard < LONG_BYTES && heard + bytes >= LONG_BYTES) setFlags(LEAN);
  heard += bytes;
}

/** What V8 has compiled of `script`, to be kept: it has no use for code that was kept under other flags than it starts with. */
export function codeOf(script: Script): Buffer {
  setFlags(USUAL);
  return script.createCachedData();
}

/**
 * What `use` gives. Regular expressions that are used in it for the first time become machine code at once: V8 prepares
 * them for its interpreter first, which takes four times as long for a long one, and does the other soon after.
 */
export function compilingAtOnce<T>(use: () => T): T {
  setFlags(['--no-regexp-tier-up']);
  try {
    return use();
  } finally {
    setFlags(['--regexp-tier-up']);
  }
}

function setFlags(flags: readonly string[]): void {
  for (const flag of flags) setFlagsFromString(flag);
}
