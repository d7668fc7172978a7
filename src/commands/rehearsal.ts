/** A rehearsal while a text is waited for: what has run once takes half as long when the text is there. */
import { type Summary, speak } from '../speak.ts';
import type { Clock, Connection, Sink, SpeechRequest, Synthesizer, Transcript } from '../speech.ts';
import { decodeText } from '../text/transcript.ts';
import type { Reach } from './reach.ts';

/** How a command makes speech of a text, over a connection. */
export type Line = (
  connection: Connection,
  text: AsyncIterable<string>,
) => { readonly synthesizer: Synthesizer; readonly transcript: Transcript };

/** A text that is there after this long was not waited for. */
const QUIET_MS = 100;

/** Ends of sentences and a little of everything else that has to be looked at twice. */
const SAMPLE = 'Well, that is “all”. Good night, Mr. Nobody!\n';

const NOWHERE: Sink = { async write() {}, async close() {}, async abort() {} };

export interface Rehearsal {
  readonly reached: Pick<Reach, 'provider' | 'access'>;
  readonly request: SpeechRequest;
  readonly line: Line;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Rehearses if it `isQuiet` for a moment; what is returned calls that off. */
export function rehearseWhenQuiet(rehearsal: Rehearsal, isQuiet: () => boolean): () => void {
  return rehearsal.clock.after(QUIET_MS, () => {
    // What is wrong will show when it matters.
    if (isQuiet()) rehearse(rehearsal).catch(() => {});
  });
}

/** Speaks a sentence over a connection to nobody, into nothing; undefined where the provider has no such connection. */
export async function rehearse(rehearsal: Rehearsal): Promise<Summary | undefined> {
  const { request, line, clock, signal } = rehearsal;
  const { provider, access } = rehearsal.reached;
  const connection = provider.rehearse?.(access);
  if (connection === undefined) return undefined;
  try {
    const text = decodeText(bytesOf(SAMPLE), () => {});
    const outlets = [{ name: 'nobody', sink: NOWHERE }];
    return await speak({ ...line(connection, text), request, outlets, clock, signal });
  } finally {
    await connection.close();
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
