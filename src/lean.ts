/** Keeps V8 from setting more and more memory aside for what is thrown away at once, of which long speech makes much. */
import { setFlagsFromString } from 'node:v8';

/** Young memory as it is, and old memory that is tidied up early: what is in use at a time does not grow with the speech. */
const FLAGS = ['--semi-space-growth-factor=1', '--optimize-for-size'];

let isLean = false;

/** For the rest of the process. Both are only looked at when memory is tidied up, and may be set at any time. */
export function stayLean(): void {
  if (isLean) return;
  isLean = true;
  for (const flag of FLAGS) setFlagsFromString(flag);
}
