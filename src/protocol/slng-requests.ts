/** What a client says on SLNG's sockets: written by our client for the native route, read by our server for both (protocol §6.3, §6.4). */
import { SAMPLE_RATES } from '../audio.ts';
import type { AudioFormat, Encoding, SpeechRequest } from '../speech.ts';
import { bad, isObject, Members, missing, parseMessage } from './members.ts';

/** The names that encodings have on this wire; `pcm_f32le` has none. */
const NAMES: Readonly<Partial<Record<Encoding, string>>> = {
  pcm_s16le: 'linear16',
  pcm_mulaw: 'mulaw',
  pcm_alaw: 'alaw',
};

/** What an encoding is called on this wire; undefined for the one that cannot be asked for. */
export function encodingName(encoding: Encoding): string | undefined {
  return NAMES[encoding];
}

/**
 * Begins a session; everything said later goes by it. Language and generation controls are named only
 * where they are asked for: no document says which of them the service honours.
 */
export function writeInit(request: SpeechRequest): string {
  const { format, speed, volume, emotion } = request;
  const isPlain = speed === undefined && volume === undefined && emotion === undefined;
  return JSON.stringify({
    type: 'init',
    model_id: request.model,
    voice: request.voice,
    encoding: encodingName(format.encoding) ?? format.encoding,
    sample_rate: format.sampleRate,
    language: request.language,
    generation_config: isPlain ? undefined : { speed, volume, emotion: emotion?.toLowerCase() },
  });
}

/** Text for the current context; `goesOn` is false for its last (protocol §10, 30). */
export function writeText(text: string, goesOn: boolean): string {
  return JSON.stringify({ type: 'text', text, continue: goesOn });
}

/** The messages that are nothing but their name. */
export const FLUSH = '{"type":"flush"}';
export const CANCEL = '{"type":"cancel"}';
export const CLOSE = '{"type":"close"}';
export const KEEPALIVE = '{"type":"keepalive"}';

/** How speech is to sound, as far as a message says it. */
export interface Controls {
  readonly language?: string;
  readonly speed?: number;
  readonly volume?: number;
  readonly emotion?: string;
}

export interface Init extends Controls {
  readonly kind: 'init';
  /** By the name that Cartesia has for it: the bridge's `cartesia/sonic:3` is `sonic-3`. */
  readonly model?: string;
  readonly voice?: string;
  /** s16le at 24 000 Hz where nothing is said. */
  readonly format: AudioFormat;
  /** Older documents let the client name the first context. */
  readonly contextId?: string;
}

export interface Text extends Controls {
  readonly kind: 'text';
  readonly text: string;
  /** Native route: whether more text of the same context follows. Absent is false. */
  readonly continue: boolean;
  /** Bridge: makes the text audible, and all that came before it. */
  readonly flush: boolean;
}

/** A message that is nothing but its name. `clear` is known to the bridge only. */
export interface Command {
  readonly kind: 'flush' | 'clear' | 'cancel' | 'close' | 'keepalive';
}

/**
 * Reads a client's text frame on either route. Controls are taken flat or nested, from `init` and from
 * `text` (protocol §6.3); null members are read as absent.
 *
 * @throws Refusal when it is not JSON, not an object, of no known type, or holds values out of range.
 */
export function readMessage(text: string): Init | Text | Command {
  const parsed = parseMessage(text);
  const message = new Members(parsed);
  const type = (message.string('type') ?? missing('type')).toLowerCase();
  switch (type) {
    case 'init':
      return readInit(message);
    case 'text':
      return readText(message);
    case 'flush':
    case 'clear':
    case 'cancel':
    case 'close':
    case 'keepalive':
      return { kind: type };
    default:
      throw bad('type must be one of init, text, flush, cancel, close, keepalive');
  }
}

function readInit(message: Members): Init {
  const places = nested(message);
  const model = message.string('model_id') ?? message.string('model');
  const voice = readVoice(message.get('voice')) ?? message.string('voice_id');
  const contextId = message.string('context_id');
  return {
    kind: 'init',
    format: { encoding: readEncoding(first(places, 'encoding')), sampleRate: readRate(first(places, 'sample_rate')) },
    ...(model === undefined ? {} : { model: modelId(model) }),
    ...(voice === undefined ? {} : { voice }),
    ...(contextId === undefined ? {} : { contextId }),
    ...readControls(places),
  };
}

function readText(message: Members): Text {
  return {
    kind: 'text',
    text: message.string('text') ?? missing('text'),
    continue: message.boolean('continue'),
    flush: message.boolean('flush'),
    ...readControls(nested(message)),
  };
}

/** `cartesia/sonic:3` and `sonic:3` are `sonic-3`. */
export function modelId(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1).replace(':', '-');
}

/** Where settings may stand, the most special place first. */
function nested(message: Members): readonly Members[] {
  const inner = ['generation_config', 'config'].map(name => new Members(message.object(name) ?? {}));
  return [message, ...inner];
}

function first(places: readonly Members[], name: string): unknown {
  return places.map(place => place.get(name)).find(value => value !== undefined);
}

function readControls(places: readonly Members[]): Controls {
  const has = (name: string) => places.find(place => place.get(name) !== undefined);
  const language = has('language')?.string('language');
  const speed = has('speed')?.number('speed', 0.6, 1.5);
  const volume = has('volume')?.number('volume', 0.5, 2);
  const emotion = has('emotion')?.string('emotion');
  return {
    ...(language === undefined ? {} : { language }),
    ...(speed === undefined ? {} : { speed }),
    ...(volume === undefined ? {} : { volume }),
    ...(emotion === undefined ? {} : { emotion }),
  };
}

/** A bare id, or Cartesia's object around one. */
function readVoice(voice: unknown): string | undefined {
  if (voice === undefined) return undefined;
  const id = isObject(voice) ? voice.id : voice;
  if (typeof id === 'string' && id !== '') return id;
  throw bad('voice must be the id of a voice');
}

/** The names of this wire, and Cartesia's own (protocol §6.3). */
function readEncoding(name: unknown): Encoding {
  if (name === undefined) return 'pcm_s16le';
  const known = ENCODINGS.find(encoding => encoding === name || NAMES[encoding] === name);
  return known ?? refuse('encoding', Object.values(NAMES));
}

function readRate(rate: unknown): number {
  if (rate === undefined) return 24_000;
  return typeof rate === 'number' && SAMPLE_RATES.includes(rate) ? rate : refuse('sample_rate', SAMPLE_RATES);
}

function refuse(name: string, allowed: readonly unknown[]): never {
  throw bad(`${name} must be one of ${allowed.join(', ')}`);
}

const ENCODINGS: readonly Encoding[] = ['pcm_s16le', 'pcm_mulaw', 'pcm_alaw', 'pcm_f32le'];
