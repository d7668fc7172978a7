/** The built-in engine as a provider: served to ourselves over Cartesia's protocol, with no port open. */
import { espeakVersion } from '../engine/espeak.ts';
import { type Engine, openEngine } from '../engine/index.ts';
import { builtInVoices, findVoice, voiceForLanguage } from '../engine/voices.ts';
import { Failure, type FailureKind, printable } from '../errors.ts';
import type { SpeechEvent, SpeechRequest, Synthesizer, Transcript } from '../speech.ts';
import type { Provider } from './index.ts';

const MODEL = 'espeak-ng';

/** Nobody can be asked about a context of ours, and with a name of its own the same text would not give the same files. */
const CONTEXT = { type: 'context', contextId: 'local' } as const;

export const local: Provider = {
  name: 'local',
  defaultModel: MODEL,
  noUseFor: [
    'baseUrl',
    'auth',
    'apiVersion',
    'apiKeyFile',
    'accessTokenFile',
    'connectTimeout',
    'retries',
    'region',
    'worldPart',
  ],
  defaultVoice(language) {
    const voice = voiceForLanguage(language);
    const base = (tag: string) => tag.toLowerCase().split(/[-_]/)[0];
    if (language === undefined || voice.id !== voiceForLanguage().id || base(language) === 'en') return voice;
    throw new Failure('usage', `no built-in voice speaks ${JSON.stringify(printable(language, 40))}`, {
      hint: 'list the languages with: aloud voices --provider local',
      setting: 'language',
    });
  },
  check: refuse,
  version: () => espeakVersion(),
  knownVoice: findVoice,
  listsOverNetwork: false,
  voices: async (_access, _signal, mine) => (mine ? undefined : builtInVoices()),
  connect(access, signal) {
    const engine = openEngine();
    // Told to whoever speaks first.
    engine.catch(() => {});
    /** What this machine keeps the engine from, which is no failure of a service. */
    let trouble: Failure | undefined;
    const synthesizer = whenOpen(engine, failure => {
      if (OURS.includes(failure.kind)) trouble = failure;
    });
    // While the engine gets ready in its thread.
    const coming = import('./local-line.ts').then(({ lineTo }) =>
      lineTo(synthesizer, { model: MODEL, access, signal }),
    );
    coming.catch(() => {});
    return {
      async *synthesize(
        transcript: Transcript,
        request: SpeechRequest,
        abort: AbortSignal,
      ): AsyncGenerator<SpeechEvent> {
        // Before the wire: what keeps the engine from opening is not for a server to report.
        await engine;
        const line = await coming;
        try {
          for await (const event of line.synthesize(transcript, request, abort)) {
            yield event.type === 'context' ? CONTEXT : event;
          }
        } catch (error) {
          throw error instanceof Failure && error.kind === 'service' && trouble !== undefined ? trouble : error;
        }
      },
      async close() {
        const line = await coming;
        await line.hangUp();
        // It takes a while to end a thread.
        await Promise.all([line.close(), engine.then(open => open.close()).catch(() => {})]);
      },
    };
  },
};

function refuse(request: SpeechRequest): void {
  if (request.model !== MODEL) {
    throw new Failure('usage', `the built-in engine has no model ${JSON.stringify(printable(request.model, 60))}`, {
      hint: `leave out --model, or choose a service with --provider`,
      setting: 'model',
    });
  }
  const cannot = [
    ['emotion', 'show emotion'],
    ['pronunciationDict', 'use a pronunciation dictionary'],
    ['normalizedTimestamps', 'tell the times of words as spoken'],
  ] as const;
  for (const [setting, what] of cannot) {
    const asked = request[setting];
    if (asked === undefined || asked === false) continue;
    throw new Failure('usage', `the built-in engine cannot ${what}`, {
      hint: 'leave it out, or choose a service with --provider cartesia',
      setting,
    });
  }
}

const OURS: readonly FailureKind[] = ['config', 'output'];

/** An engine that is being opened, as a synthesizer at once; `onFailure` hears what a server would report in its own words. */
function whenOpen(engine: Promise<Engine>, onFailure: (failure: Failure) => void): Synthesizer {
  return {
    async *synthesize(transcript, request, signal) {
      try {
        yield* (await engine).synthesize(transcript, request, signal);
      } catch (error) {
        if (error instanceof Failure) onFailure(error);
        throw error;
      }
    },
  };
}
