/** How long after the service has sent a chunk a sink has it. `latency.cjs URL CONTEXTS` prints milliseconds as JSON. */
import { createLateness } from '../floors/lateness.ts';
import { requestOf, speakAll } from './speaking.ts';

const [, , url = '', contexts = '1'] = process.argv;
const lateness = createLateness();
const done = Promise.resolve();

const sink = {
  write(event: { readonly type: string; readonly chunk?: Uint8Array }) {
    if (event.chunk !== undefined) lateness.note(event.chunk);
    return done;
  },
  close: () => done,
  abort: () => done,
};

void speakAll(url, Number(contexts), requestOf(), () => sink).then(lateness.print);
