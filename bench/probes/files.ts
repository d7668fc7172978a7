/** Any number of contexts at once, each into a file of its own. `files.cjs URL FOLDER CONTEXTS`. */
import { join } from 'node:path';
import { systemClock } from '../../src/host.ts';
import { createRawSink } from '../../src/sinks/raw.ts';
import { openFileTarget } from '../../src/sinks/target.ts';
import { requestOf, speakAll } from './speaking.ts';

const [, , url = '', folder = '', contexts = '1'] = process.argv;
const request = requestOf();

void speakAll(url, Number(contexts), request, async i => {
  const target = await openFileTarget(join(folder, `aloud-${i}.raw`), { clock: systemClock });
  return createRawSink(target, {
    request,
    provider: 'cartesia',
    cues: 'phrase',
    createdBy: 'bench',
    clock: systemClock,
    stdout: process.stdout,
    onNoWords: () => {},
  });
});
