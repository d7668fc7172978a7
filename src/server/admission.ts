/** Whether a context may be opened or continued with what a request says, and what the synthesizer is asked for. */
import type { Control, Generation } from '../protocol/cartesia-requests.ts';
import type { Granularity, SpeechRequest } from '../speech.ts';
import { checkModel } from './models.ts';
import type { Settings } from './options.ts';
import { badRequest, contextClosed, emptyTranscript, transcriptTooLong, voiceNotFound } from './refusals.ts';

/** @throws Refusal where the input or its id is too long, whatever context it is for. */
export function checkLengths(input: Generation | Control, settings: Settings): void {
  const { transcriptChars, contextIdChars } = settings.limits;
  if (input.contextId.length > contextIdChars) throw badRequest(`context_id has at most ${contextIdChars} characters`);
  if (input.transcript.length > transcriptChars) throw transcriptTooLong(transcriptChars);
}

/**
 * What the first input of a context asks the synthesizer for.
 *
 * @throws Refusal where it may not open one.
 */
export function admit(opening: Generation, version: string, settings: Settings): SpeechRequest {
  checkModel(opening.model, settings.models);
  const voice = findVoice(opening, version, settings);
  if (SILENT.test(opening.transcript)) throw emptyTranscript();
  const { language, speed, volume, emotion, pronunciationDict } = opening;
  const timestamps: Granularity[] = [];
  if (opening.words) timestamps.push('word');
  if (opening.phonemes) timestamps.push('phoneme');
  return {
    model: opening.model,
    voice,
    format: opening.format,
    timestamps,
    normalizedTimestamps: opening.normalizedTimestamps,
    // What is handed on has waited already, unless it is passed as it comes.
    maxBufferDelayMs: settings.passesText ? opening.maxBufferDelayMs : 0,
    ...(language === undefined ? {} : { language }),
    ...(speed === undefined ? {} : { speed }),
    ...(volume === undefined ? {} : { volume }),
    ...(emotion === undefined ? {} : { emotion }),
    ...(pronunciationDict === undefined ? {} : { pronunciationDict }),
  };
}

/**
 * Holds a later input against the one that opened the context (protocol §4.2). One of blanks only
 * may say what it likes, like one without text.
 *
 * @throws Refusal where they differ.
 */
export function checkSame(opening: Generation, input: Generation | Control, settings: Settings): void {
  if (input.kind === 'control' || input.transcript.trim() === '') return;
  const names = settings.strict ? [...SAME, ...SAME_IF_STRICT] : SAME;
  const different = names.filter(name => opening[name] !== input[name]);
  const { encoding, sampleRate } = opening.format;
  const isOtherFormat = input.format.encoding !== encoding || input.format.sampleRate !== sampleRate;
  if (isOtherFormat) different.push('format');
  if (different.length > 0) throw contextClosed(`${different.join(', ')} must stay as in the first input`);
}

/** Punctuation, among it the signs that ASCII has beside, blanks and marks: nothing that a voice could begin with. */
const SILENT = /^[\p{P}\p{Z}\p{C}\p{M}<>^`|]*$/u;

type Parameter = keyof Generation;

const SAME: readonly Parameter[] = ['model', 'voice', 'language'];
const SAME_IF_STRICT: readonly Parameter[] = [
  'words',
  'phonemes',
  'normalizedTimestamps',
  'maxBufferDelayMs',
  'speed',
  'volume',
  'emotion',
  'pronunciationDict',
];

function findVoice({ voice, language }: Generation, version: string, { voices, strict }: Settings): string {
  if (voices === undefined) return voice;
  const known = voices.resolve(voice, language);
  if (known !== undefined) return known;
  // Nobody can have the voice of an embedding: the version that allows them takes what there is.
  if (strict && !voice.startsWith('embedding:')) throw voiceNotFound(version);
  return voices.substitute?.(voice, language) ?? voice;
}
