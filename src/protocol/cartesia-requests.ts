/** What a client says on Cartesia's socket: written by our client, read by our server (protocol §2). */
import { ENCODINGS, SAMPLE_RATES } from '../audio.ts';
import type { AudioFormat, Encoding, SpeechRequest } from '../speech.ts';
import { bad, isObject, Members, missing, parseMessage } from './members.ts';
import { Refusal } from './refusal.ts';
import { acceptsEmbeddings } from './versions.ts';

/** One input to a context. */
export interface Input {
  readonly contextId: string;
  /** Appended verbatim to what came before; may be empty on any but the first input. */
  readonly transcript: string;
  /** False ends the context after this input. */
  readonly continue: boolean;
  /** Forces the waiting text out and marks a boundary. */
  readonly flush?: boolean;
}

/** A generation request as a text frame. Every input of a context repeats all parameters (protocol §4.2). */
export function writeInput(request: SpeechRequest, input: Input): string {
  const { format, timestamps } = request;
  return JSON.stringify({
    model_id: request.model,
    transcript: input.transcript,
    voice: { mode: 'id', id: request.voice },
    language: request.language,
    context_id: input.contextId,
    output_format: { container: 'raw', encoding: format.encoding, sample_rate: format.sampleRate },
    add_timestamps: timestamps.includes('word') || undefined,
    add_phoneme_timestamps: timestamps.includes('phoneme') || undefined,
    use_normalized_timestamps: request.normalizedTimestamps,
    max_buffer_delay_ms: request.maxBufferDelayMs,
    pronunciation_dict_id: request.pronunciationDict,
    generation_config: generationConfig(request),
    speed: request.legacySpeed,
    continue: input.continue,
    flush: input.flush || undefined,
  });
}

/** A cancel request as a text frame: these two members and nothing else (protocol §2.2). */
export function writeCancel(contextId: string): string {
  return JSON.stringify({ context_id: contextId, cancel: true });
}

function generationConfig({ volume, speed, emotion }: SpeechRequest): object | undefined {
  if (volume === undefined && speed === undefined && emotion === undefined) return undefined;
  return { volume, speed, emotion: emotion?.toLowerCase() };
}

/**
 * A generation request without text, which only flushes or ends a context. SDKs send such with other
 * parameters than the text's, and production takes them, so those are not even read (protocol §2.3).
 */
export interface Control extends Input {
  readonly kind: 'control';
  readonly transcript: '';
}

/** A generation request with text as a server understands it, null members read as absent (protocol §2.3). */
export interface Generation extends Input {
  readonly kind: 'generation';
  readonly model: string;
  /** A voice id, or the fingerprint of an embedding where the version still allows those. */
  readonly voice: string;
  readonly language?: string;
  readonly format: AudioFormat;
  readonly words: boolean;
  readonly phonemes: boolean;
  readonly normalizedTimestamps: boolean;
  /** Milliseconds; 3000 when the client leaves it out. */
  readonly maxBufferDelayMs: number;
  readonly speed?: number;
  readonly volume?: number;
  readonly emotion?: string;
  readonly pronunciationDict?: string;
}

export interface Cancel {
  readonly kind: 'cancel';
  readonly contextId: string;
}

/** The buffering delay of a request that names none (protocol §4.3). */
export const DEFAULT_BUFFER_DELAY_MS = 3000;

/** What reading depends on beside the text. */
export interface Reading {
  readonly version: string;
  /** Names a context for a request that does not; absent means that such a request is refused. */
  readonly makeContextId?: () => string;
}

/**
 * Reads a client's text frame.
 *
 * @throws Refusal when it is not JSON, not an object, or holds values out of range; it bears the
 * context id wherever one could be read.
 */
export function readRequest(text: string, reading: Reading): Generation | Control | Cancel {
  const message = new Members(parseMessage(text));
  const contextId = message.string('context_id');
  if (message.get('cancel') === true) {
    if (contextId === undefined) throw bad('context_id is required to cancel');
    return { kind: 'cancel', contextId };
  }
  const id = contextId ?? reading.makeContextId?.();
  if (id === undefined) throw bad('context_id is required');
  try {
    const input = readInput(message, id);
    if (input.transcript === '') return { kind: 'control', ...input, transcript: '' };
    return readGeneration(message, input, reading.version);
  } catch (error) {
    throw error instanceof Refusal ? error.on(id) : error;
  }
}

function readInput(message: Members, contextId: string): Input {
  return {
    contextId,
    transcript: message.string('transcript') ?? missing('transcript'),
    continue: message.boolean('continue'),
    flush: message.boolean('flush'),
  };
}

function readGeneration(message: Members, input: Input, version: string): Generation {
  const config = new Members(message.object('generation_config') ?? {});
  const experimental = new Members(new Members(message.object('voice') ?? {}).object('__experimental_controls') ?? {});
  const language = message.string('language') ?? message.string('locale');
  const speed = config.number('speed', 0.6, 1.5) ?? legacySpeed(message.get('speed') ?? experimental.get('speed'));
  const volume = config.number('volume', 0.5, 2);
  const emotion = config.string('emotion');
  const pronunciationDict = message.string('pronunciation_dict_id');
  return {
    kind: 'generation',
    ...input,
    model: message.string('model_id') ?? missing('model_id'),
    voice: readVoice(message.get('voice'), version),
    format: readFormat(message.object('output_format') ?? missing('output_format')),
    words: message.boolean('add_timestamps'),
    phonemes: message.boolean('add_phoneme_timestamps'),
    normalizedTimestamps: readNormalized(message),
    maxBufferDelayMs: message.integer('max_buffer_delay_ms', 0, 5000) ?? DEFAULT_BUFFER_DELAY_MS,
    ...(language === undefined ? {} : { language }),
    ...(speed === undefined ? {} : { speed }),
    ...(volume === undefined ? {} : { volume }),
    ...(emotion === undefined ? {} : { emotion }),
    ...(pronunciationDict === undefined ? {} : { pronunciationDict }),
  };
}

/** `use_original_timestamps` is the older name with the opposite sense (protocol §2.3). */
function readNormalized(message: Members): boolean {
  if (message.get('use_normalized_timestamps') != null) return message.boolean('use_normalized_timestamps');
  return message.get('use_original_timestamps') === false;
}

function readVoice(voice: unknown, version: string): string {
  if (typeof voice === 'string' && voice !== '') return voice;
  if (!isObject(voice)) return missing('voice');
  if (typeof voice.id === 'string' && voice.id !== '') return voice.id;
  const embedding = voice.embedding;
  if (!Array.isArray(embedding)) return missing('voice.id');
  if (!acceptsEmbeddings(version)) throw bad('voice embeddings are no longer accepted', 'Invalid voice');
  const numbers = embedding.slice(0, 192);
  if (!numbers.every(number => typeof number === 'number')) throw bad('voice.embedding must be a list of numbers');
  return `embedding:${numbers.join(',')}`;
}

function readFormat(format: Record<string, unknown>): AudioFormat {
  const { container, encoding, sample_rate: sampleRate } = format;
  if (container != null && container !== 'raw')
    throw bad('output_format.container must be raw', 'Invalid output format');
  if (typeof encoding !== 'string' || !Object.hasOwn(ENCODINGS, encoding)) {
    throw bad(`output_format.encoding must be one of ${Object.keys(ENCODINGS).join(', ')}`, 'Invalid output format');
  }
  if (typeof sampleRate !== 'number' || !SAMPLE_RATES.includes(sampleRate)) {
    throw bad(`output_format.sample_rate must be one of ${SAMPLE_RATES.join(', ')}`, 'Invalid output format');
  }
  return { encoding: encoding as Encoding, sampleRate };
}

/** The speed of models before sonic-3: a name, or a number from -1 (slowest) to 1 (fastest). */
function legacySpeed(speed: unknown): number | undefined {
  if (speed == null) return undefined;
  if (speed === 'slow' || speed === 'slowest') return 0.8;
  if (speed === 'fast' || speed === 'fastest') return 1.25;
  if (speed === 'normal') return 1;
  if (typeof speed === 'number' && speed >= -1 && speed <= 1) return speed < 0 ? 1 + speed * 0.4 : 1 + speed * 0.5;
  throw bad('speed must be slow, normal or fast');
}
