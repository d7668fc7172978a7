/** What is written down about speech that was not finished: enough to know it again and to see that it is whole. */

export interface UnfinishedRecord {
  readonly version: typeof RECORD_VERSION;
  /** Digest of all that shapes the sound, but the text. */
  readonly key: string;
  /** The file of the text, to be named to a person. */
  readonly textFile: string;
  /** The text that has been spoken: how many parts, how many UTF-16 units, and their SHA-256 as UTF-8. */
  readonly parts: number;
  readonly characters: number;
  readonly digest: string;
  /** How long that takes. */
  readonly seconds: number;
  /** Where in their file the samples are, in bytes. */
  readonly audio: { readonly start: number; readonly bytes: number; readonly sha256: string };
  readonly notes: { readonly bytes: number; readonly sha256: string };
}

export const RECORD_VERSION = 1;

/** Whether a document is a record as we write them. */
export function isRecord(value: unknown): value is UnfinishedRecord {
  if (!isObject(value) || value.version !== RECORD_VERSION) return false;
  const { key, textFile, parts, characters, digest, seconds, audio, notes } = value;
  return (
    [key, textFile, digest].every(each => typeof each === 'string') &&
    [parts, characters, seconds].every(isAmount) &&
    isObject(audio) &&
    [audio.start, audio.bytes].every(isAmount) &&
    typeof audio.sha256 === 'string' &&
    isObject(notes) &&
    isAmount(notes.bytes) &&
    typeof notes.sha256 === 'string'
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}
