/** What an entry of a manifest comes to: a text, a request, and the files it ends in. */
import { readFile, stat } from 'node:fs/promises';
import { Failure, printable } from '../errors.ts';
import { SIDECAR_KEYS, type SidecarKey } from '../fixtures/fields.ts';
import { digestOf } from '../fixtures/key.ts';
import type { Entry } from '../fixtures/manifest.ts';
import type { Fence } from '../fixtures/paths.ts';
import { misfit, placed } from '../fixtures/place.ts';
import { fileKey, SETTING_NAMES, SETTINGS, type SettingName, type SettingValues } from '../settings/index.ts';
import type { Settings } from '../settings/resolve.ts';
import { kindOf, type SinkKind, sinkKinds } from '../sinks/index.ts';
import type { Granularity, SpeechRequest } from '../speech.ts';
import { decodeText, hasContent } from '../text/transcript.ts';
import type { Speaker, Speakers } from './fixtures-speakers.ts';
import { requestFor } from './reach.ts';

/** A file that an entry ends in. */
export interface PlannedFile {
  readonly kind: SinkKind;
  /** From the folder of the manifest, with `/` between. */
  readonly name: string;
}

export interface FixturePlan {
  readonly entry: Entry;
  readonly speaker: Speaker;
  readonly text: string;
  /** The audio first. */
  readonly files: readonly PlannedFile[];
  readonly values: SettingValues;
  /** As far as it is known without asking anybody: the voice may have another id. */
  readonly request: SpeechRequest;
  /** Digest of all that is asked for. */
  readonly asked: string;
}

/** Counts up when the same speech comes to other files, or is cut and sent in another way. */
const FORM = 1;

/** What the files say made them: a new version of the program is no reason to change files. */
export const MADE_BY = 'aloud';

/** Settings that an entry may have; those that only a user's own file may have are none of a manifest's business. */
export const ENTRY_SETTINGS: readonly SettingName[] = SETTING_NAMES.filter(
  name =>
    SETTINGS[name].files === 'any' &&
    ![
      'leadIn',
      'tail',
      'timeout',
      'connectTimeout',
      'retries',
      'noColor',
      'region',
      'worldPart',
      'apiVersion',
    ].includes(name),
);

/** The readers of those settings, by their keys. */
export const ENTRY_FIELDS = Object.fromEntries(
  ENTRY_SETTINGS.flatMap(name => {
    const { reader } = SETTINGS[name];
    return reader === undefined ? [] : [[fileKey(name), reader]];
  }),
);

/**
 * Works out what an entry comes to; asks nobody, but reads its text.
 *
 * @throws Failure of kind usage that names the line of the manifest.
 */
export async function planEntry(entry: Entry, speakers: Speakers, fence: Fence): Promise<FixturePlan> {
  try {
    const speaker = await speakers.of(entry.settings.provider as string | undefined);
    const values = valuesOf(entry, speaker.settings);
    const files = filesOf(entry, values);
    for (const { name } of files) fence.inside(name);
    const text = entry.text ?? (await readText(entry.file ?? '', fence));
    const voice = await speaker.expect(values.voice, values.language);
    const request = requestFor(voice, speaker, { values }, wishesOf(files, values));
    return { entry, speaker, text, files, values, request, asked: askedOf(speaker, values, request, text, files) };
  } catch (error) {
    throw placed(error, entry.place);
  }
}

/** The request with the voice that it really is; may ask the provider. @throws Failure */
export async function settleRequest({ speaker, values, files, entry }: FixturePlan): Promise<SpeechRequest> {
  try {
    const voice = await speaker.find(values.voice, values.language);
    return requestFor(voice, speaker, { values }, wishesOf(files, values));
  } catch (error) {
    throw placed(error, entry.place);
  }
}

/** The name in the cache of what is said with `request`: a digest of everything that changes the sound. */
export function keyOf({ speaker, text, values }: FixturePlan, request: SpeechRequest): string {
  const { provider, engine } = speaker;
  return digestOf({
    form: FORM,
    provider: provider.name,
    engine,
    address: values.baseUrl,
    ...versionOf(speaker, values),
    request,
    text,
  });
}

function askedOf(
  speaker: Speaker,
  values: SettingValues,
  request: SpeechRequest,
  text: string,
  files: readonly PlannedFile[],
): string {
  const cues = files.some(({ kind }) => kind === 'srt' || kind === 'vtt') ? values.cues : undefined;
  return digestOf({
    form: FORM,
    provider: speaker.provider.name,
    ...versionOf(speaker, values),
    request,
    text,
    files,
    cues,
  });
}

/** The version of the protocol, where the provider has one. */
function versionOf({ provider }: Speaker, { apiVersion }: SettingValues): { readonly apiVersion?: string } {
  return provider.noUseFor.includes('apiVersion') ? {} : { apiVersion };
}

/** Whole texts are sent, so the service need not wait for more. */
function wishesOf(files: readonly PlannedFile[], values: SettingValues) {
  return { timestamps: timesFor(files, values), maxBufferDelayMs: 0 };
}

function timesFor(files: readonly PlannedFile[], { phonemes }: SettingValues): Granularity[] {
  if (!files.some(({ kind }) => sinkKinds[kind].content === 'timestamps')) return [];
  return phonemes && files.some(({ kind }) => kind === 'json' || kind === 'textgrid') ? ['word', 'phoneme'] : ['word'];
}

/** A flag goes over the entry; the entry goes over everything else, so that a manifest means the same everywhere. */
function valuesOf({ settings: given }: Entry, { values, origins }: Settings): SettingValues {
  const isFlag = (name: SettingName) => origins[name].layer === 'flag';
  const merged: Record<string, unknown> = { ...values };
  for (const name of ENTRY_SETTINGS) {
    const value = given[fileKey(name)];
    if (name === 'provider' || value === undefined || isFlag(name)) continue;
    if ((name === 'speed' || name === 'rate') && (isFlag('speed') || isFlag('rate'))) continue;
    if (name === 'speed') merged.rate = undefined;
    if (name === 'rate') merged.speed = undefined;
    merged[name] = value;
  }
  // Each value has been read by the reader of its setting.
  return merged as unknown as SettingValues;
}

/** Settings that change the sound or the files and were not given by the manifest but by this user's surroundings. */
export function surroundingsOf({ entry, speaker }: FixturePlan): SettingName[] {
  const { origins } = speaker.settings;
  return ENTRY_SETTINGS.filter(
    name =>
      name !== 'provider' &&
      entry.settings[fileKey(name)] === undefined &&
      ['env', 'user'].includes(origins[name].layer),
  );
}

const SIDECAR_KINDS: Readonly<Record<SidecarKey, SinkKind>> = {
  srt: 'srt',
  vtt: 'vtt',
  timestamps: 'json',
  textgrid: 'textgrid',
};

function filesOf({ output, sidecars, place }: Entry, { format }: SettingValues): PlannedFile[] {
  const kind = kindOf(output, format);
  if (sinkKinds[kind].content !== 'audio') {
    throw misfit(
      place,
      `${printable(output, 200)} is no audio file`,
      'an output ends in .wav, .raw or .pcm; srt, vtt, timestamps and textgrid are keys of their own',
    );
  }
  const beside = SIDECAR_KEYS.flatMap(key => {
    const name = sidecars[key];
    return name === undefined ? [] : [{ kind: SIDECAR_KINDS[key], name }];
  });
  return [{ kind, name: output }, ...beside];
}

const LARGEST_TEXT = 16 * 1024 * 1024;

/** How much there is to say, without reading it: what shards are balanced by. */
export async function weigh({ text, file }: Entry, fence: Fence): Promise<number> {
  if (text !== undefined) return text.length;
  return stat(fence.inside(file ?? '')).then(
    ({ size }) => size,
    () => 0,
  );
}

async function readText(file: string, fence: Fence): Promise<string> {
  const path = fence.inside(file);
  const name = printable(file, 200);
  const facts = await stat(path).catch(error => {
    const reason = error.code === 'ENOENT' ? 'there is no such file' : error.code;
    throw new Failure('usage', `cannot read ${name}: ${reason}`, { cause: error });
  });
  if (!facts.isFile() || facts.size > LARGEST_TEXT) {
    throw new Failure('usage', `${name} is ${facts.isFile() ? 'larger than 16 MiB' : 'not a regular file'}`);
  }
  let text = '';
  const bytes = await readFile(path);
  const refuse = () => {
    throw new Failure('usage', `${name} is not UTF-8 text`);
  };
  for await (const piece of decodeText(once(bytes), refuse)) text += piece;
  if (!hasContent(text)) throw new Failure('usage', `there is nothing to speak in ${name}`);
  return text;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
