/** How far the text may run ahead of the speech: a book is not pushed at a service all at once. */
import { isSpeakable } from '../text/transcript.ts';

/** Characters that may be at the service and not yet spoken. About five minutes of speech. */
export const LEAD = 4000;

/** Characters that a second of speech takes. Slow: what errs here errs towards sending later. */
const CHARACTERS_PER_SECOND = 14;

/** An estimate of what has been spoken. Pure: whoever uses it tells it what happens. */
export interface Pacing {
  /** Whether `text` may go out now. A text longer than the lead goes out when nothing else is unspoken. */
  hasRoom(text: string): boolean;
  /** An input went out; an empty one is a boundary. */
  sent(text: string): void;
  /** Seconds of audio that have arrived, at the pace of a voice that has not been told to hurry. */
  heard(seconds: number): void;
  /** The service has spoken one more input whole, or so it seems; ignored unless it reports inputs. */
  flushed(): void;
  /** The service seems to have nothing left to speak. */
  quiet(): void;
}

/** `reportsInputs`: the service says `flushed` once per input, as Cartesia does without buffering (protocol §4.3). */
export function createPacing(reportsInputs: boolean, lead: number = LEAD): Pacing {
  let sent = 0;
  let spoken = 0;
  /** Where inputs end that the service has not reported as spoken, from the one at `next` on. */
  let ends: number[] = [];
  let next = 0;

  const advance = (to: number) => {
    spoken = Math.min(sent, Math.max(spoken, to));
  };

  return {
    hasRoom(text) {
      const unspoken = sent - spoken;
      // Parts of a character are left over by the estimate in seconds.
      return unspoken < 1 || unspoken + weigh(text) <= lead;
    },
    sent(text) {
      sent += weigh(text);
      if (reportsInputs) ends.push(sent);
    },
    heard(seconds) {
      advance(spoken + seconds * CHARACTERS_PER_SECOND);
    },
    flushed() {
      const end = ends[next];
      if (end === undefined) return;
      next++;
      if (next >= 256) {
        ends = ends.slice(next);
        next = 0;
      }
      advance(end);
    },
    quiet() {
      // What it reports late is still about the inputs of then.
      spoken = sent;
    },
  };
}

/** Characters, where one of the scripts without an alphabet counts for the three that it takes as long as. */
function weigh(text: string): number {
  if (!isSpeakable(text)) return 0;
  let weight = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x2e80 && code < 0xd800) weight += 2;
  }
  return weight;
}
