/** Who is to say what, and into which files: the voices, texts, models and repetitions of a test as a list of takes. */
import { Failure } from '../errors.ts';
import { createNames, fileName, voiceFolder } from '../report/file-names.ts';
import type { SpeechRequest, Voice } from '../speech.ts';
import { sampleSentence } from '../text/sample-sentences.ts';

/** One take before it is made. */
export interface TakePlan {
  readonly voice: Voice;
  readonly request: SpeechRequest;
  readonly text: string;
  readonly textIndex: number;
  /** Counts repetitions from 1. */
  readonly take: number;
  /** The path of its files below the folder of the run, with `/` between and no extension. */
  readonly path: string;
}

export interface TestPlan {
  readonly texts: readonly string[];
  readonly takes: readonly TakePlan[];
}

export interface Cast {
  readonly voices: readonly Voice[];
  readonly models: readonly string[];
  /** None: each voice says a sentence in its own language. */
  readonly texts: readonly string[];
  readonly repeat: number;
  readonly language: string | undefined;
  readonly requestFor: (voice: Voice, model: string) => SpeechRequest;
}

/** More takes than this are a mistake, or at least nothing that one run should be about. */
const MOST_TAKES = 100_000;

/**
 * The takes in the order in which they are made: every voice once, before any is heard a second time.
 *
 * @throws Failure of kind usage for more takes than can be meant.
 */
export function planTakes(cast: Cast): TestPlan {
  const { voices, models, repeat } = cast;
  const given = [...new Set(cast.texts)];
  const texts = given.length > 0 ? given : [...new Set(voices.map(voice => sampleFor(voice, cast)))];
  const perVoice = given.length > 0 ? given.length : 1;
  const count = voices.length * models.length * perVoice * repeat;
  if (count > MOST_TAKES) {
    throw new Failure('usage', `this would be ${count} recordings; one run makes at most ${MOST_TAKES}`, {
      hint: 'choose fewer voices, texts or repetitions',
    });
  }
  const folders = uniquely(voices.map(voiceFolder));
  const placeOf = new Map(texts.map((text, at) => [text, at]));
  const textNames = uniquely(texts.map(text => fileName(text, 'text')));
  const modelNames = uniquely(models.map(model => fileName(model, 'model')));

  const takes: TakePlan[] = [];
  for (let take = 1; take <= repeat; take++) {
    for (const [v, voice] of voices.entries()) {
      for (const [m, model] of models.entries()) {
        const request = cast.requestFor(voice, model);
        for (const text of given.length > 0 ? given : [sampleFor(voice, cast)]) {
          const textIndex = placeOf.get(text) ?? 0;
          // Parts of a name have no dots in them, so what is joined by dots cannot be mistaken for another name.
          const name = [textNames[textIndex], models.length > 1 && modelNames[m], take > 1 && `take${take}`];
          const path = `${folders[v]}/${name.filter(part => typeof part === 'string').join('.')}`;
          takes.push({ voice, request, text, textIndex, take, path });
        }
      }
    }
  }
  return { texts, takes };
}

function sampleFor(voice: Voice, { language }: Cast): string {
  return sampleSentence(language ?? voice.language);
}

function uniquely(names: readonly string[]): string[] {
  const name = createNames();
  return names.map(name);
}
