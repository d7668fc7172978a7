/** What `aloud serve` writes down: where it can be reached, and a line for each context and each refusal. */
import { printable, printableJson } from '../errors.ts';
import type { Host } from '../host.ts';
import type { ContextRecord, RefusalRecord } from '../server/options.ts';
import type { SpeechRequest } from '../speech.ts';
import { plural } from './plural.ts';

export interface Log {
  context(record: ContextRecord): void;
  refusal(record: RefusalRecord): void;
  /** A request that a cassette has no answer to, refused or not, with what is known of its text. */
  miss(request: SpeechRequest, text: string, isRefused: boolean): void;
}

/** Lines that a stuck reader has not taken are dropped beyond so many bytes, and counted. */
const MOST_WAITING = 256 * 1024;

/** Lines on stderr: prose, or one JSON object each. `quiet` leaves them out. */
export function createLog(host: Host, { json, quiet }: { readonly json: boolean; readonly quiet: boolean }): Log {
  let dropped = 0;
  const write = (line: string) => {
    if (host.stderr.writableLength > MOST_WAITING) {
      dropped += 1;
      return;
    }
    if (dropped > 0)
      host.warn(`${plural(dropped, 'line')} of the log ${dropped === 1 ? 'was' : 'were'} lost: nobody read them`);
    dropped = 0;
    host.tell(line);
  };
  const say = (prose: string, facts: object) => {
    if (quiet) return;
    write(json ? printableJson({ time: new Date().toISOString(), ...facts }) : printable(prose, 400));
  };

  return {
    context(record) {
      const { contextId, requestId, chars, audioSeconds, firstAudioMs, outcome, error } = record;
      const id = printable(contextId, 60);
      const first = firstAudioMs === undefined ? 'no audio' : `first after ${Math.round(firstAudioMs)} ms`;
      const why = error === undefined ? '' : `: ${printable(error, 200)}`;
      say(`${id}  ${outcome}  ${chars} chars, ${audioSeconds.toFixed(2)} s, ${first}${why}`, {
        event: 'context',
        context_id: printable(contextId, 1000),
        request_id: requestId,
        outcome,
        chars,
        audio_seconds: Math.round(audioSeconds * 1e6) / 1e6,
        first_audio_ms: firstAudioMs === undefined ? null : Math.round(firstAudioMs * 10) / 10,
        ...(error === undefined ? {} : { error: printable(error) }),
      });
    },
    refusal({ requestId, where, status, error }) {
      const place = printable(where, 100);
      const facts = { event: 'refused', where: place, request_id: requestId, status, error: printable(error) };
      say(`${place}  refused with ${status}: ${printable(error, 200)}`, facts);
    },
    miss({ model, voice }, text, isRefused) {
      const [shownText, shownModel, shownVoice] = [text, model, voice].map(each => printable(each, 60));
      const what = isRefused ? 'refused' : 'the built-in voice speaks';
      say(`not recorded, ${what}: "${shownText}" (${shownModel}, ${shownVoice})`, {
        event: 'not_recorded',
        refused: isRefused,
        model: shownModel,
        voice: shownVoice,
        text: shownText,
      });
    },
  };
}
