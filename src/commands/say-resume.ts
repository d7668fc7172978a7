/** Goes on with a text of `say` where an earlier run broke off, and keeps what a run has spoken for the next. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { bytesPerSample, seconds } from '../audio.ts';
import { Failure, type FailureKind } from '../errors.ts';
import type { Host } from '../host.ts';
import { stateFolder } from '../settings/folders.ts';
import type { LostSound } from '../sinks/context.ts';
import type { Synthesizer } from '../speech.ts';
import type { Part } from '../text/parts.ts';
import type { Beginning } from '../wire/ahead.ts';
import type { Run } from './account.ts';
import { createJournal, type Mark } from './journal.ts';
import { type ResumeWishes, writesSound } from './resume-wishes.ts';
import type { TextSource } from './text-source.ts';
import { dropUnfinished, keepUnfinished, listUnfinished, type Unfinished } from './unfinished.ts';
import { beginningOf, findBeginning, type Kept, type Place } from './unfinished-beginning.ts';
import { RECORD_VERSION } from './unfinished-record.ts';

/** The part of a run that outlives it. */
export interface Resumption {
  /** The text from its beginning. */
  readonly text: AsyncIterable<string>;
  /** What need not be spoken again, in seconds of sound; 0 for a run that starts from the beginning. */
  readonly from: number;
  readonly beginning?: Beginning;
  around(synthesizer: Synthesizer): Synthesizer;
  onPart(part: Part, isSpoken: boolean): void;
  onLost(sound: LostSound, reason: unknown): Promise<void>;
  /** The same error; where something is kept, it says how to go on. */
  explain(error: unknown): unknown;
  /** All has been spoken: nothing is kept any more. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Finds out what is kept of an earlier run, for a run of `jobs` parts at once; undefined for a run of which nothing
 * could be kept.
 *
 * @throws Failure of kind usage for a text that cannot be read again
 */
export async function prepareResumption(
  wishes: ResumeWishes,
  run: Run,
  source: TextSource,
  jobs: number | undefined,
  host: Host,
): Promise<Resumption | undefined> {
  const { text, resume, json } = wishes;
  if (resume && source.length === undefined)
    throw new Failure('usage', '--resume needs a text that can be read again', { hint: 'a pipe gives it only once' });
  const note = (message: string) => {
    if (resume && !json) host.note(`${message}: starting from the beginning`);
  };
  const state = stateFolder(host);
  const isKept = text.file !== undefined && text.file !== '-' && source.length !== undefined;
  if (state === undefined || !isKept || jobs === undefined || run.plan.plays || !writesSound(run)) {
    note('of this text nothing is ever kept');
    return undefined;
  }
  const { language } = run.request;
  const place = { root: join(state, 'unfinished'), key: keyOf(run, host), textFile: resolve(text.file), language };
  if (!resume) return createResumption(place, run, source.text);
  const found = await findBeginning(place, source.text, host);
  if (found.kept === undefined) {
    note(found.isChanged ? 'the text or the flags have changed since the last run' : 'nothing of this text was kept');
  } else if (!json) {
    host.note(`going on from ${clockTime(found.kept.unfinished.record.seconds)}, where the last run broke off`);
  }
  return createResumption(place, run, found.text, found.kept);
}

/** Digest of all that shapes the sound but the text, and of what cuts that into parts. Nothing in it is secret. */
function keyOf({ request, settings }: Run, host: Host): string {
  const { provider, baseUrl, apiVersion } = settings.values;
  const facts = [RECORD_VERSION, host.version, provider, baseUrl ?? null, apiVersion, request];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

function createResumption(
  { root, key, textFile }: Place,
  { request }: Run,
  text: AsyncIterable<string>,
  kept?: Kept,
): Resumption {
  const { format } = request;
  const { record } = kept?.unfinished ?? {};
  const journal = createJournal();
  /** How far into the sound the next run could begin. */
  let savedSeconds = record?.seconds;
  let saving: Promise<void> | undefined;

  async function save(sound: LostSound, mark: Mark): Promise<void> {
    const { parts, characters, digest, audioBytes, noteBytes } = mark;
    const length = seconds(audioBytes, format);
    const superseded = (await listUnfinished(root)).filter(isOurs);
    await keepUnfinished(root, {
      record: { version: RECORD_VERSION, key, textFile, parts, characters, digest, seconds: length },
      audio: { start: sound.start, bytes: audioBytes },
      noteBytes,
      saveAudio: sound.moveTo,
      saveNotes: path => journal.writeTo(path, mark),
    });
    savedSeconds = length;
    await dropUnfinished(superseded);
  }

  function isOurs({ record: other }: Unfinished): boolean {
    return other.key === key && journal.began(other.characters, other.digest);
  }

  return {
    text,
    from: record?.seconds ?? 0,
    ...(kept === undefined ? {} : { beginning: beginningOf(kept) }),
    around: journal.around,
    onPart(part, isSpoken) {
      journal.part(part.text, isSpoken);
      if (record === undefined || journal.parts !== record.parts) return;
      if (!journal.began(record.characters, record.digest))
        throw new Failure('bug', 'the text is not cut as it was when its beginning was spoken');
    },
    async onLost(sound, reason) {
      if (!(reason instanceof Failure) || !WORTH_KEEPING.includes(reason.kind)) return;
      const whole = sound.bytes - (sound.bytes % bytesPerSample(format));
      const mark = journal.markWithin(whole);
      // Of several files of sound, the first that can be had is enough.
      if (mark !== undefined) saving ??= save(sound, mark);
      await saving?.catch(() => {
        saving = undefined;
      });
    },
    explain(error) {
      if (savedSeconds === undefined || !(error instanceof Failure) || !WORTH_KEEPING.includes(error.kind))
        return error;
      const next = `run it again with --resume to go on from ${clockTime(savedSeconds)}`;
      return error.with({ hint: error.hint === undefined ? next : `${error.hint}; then ${next}` });
    },
    async finish() {
      await dropUnfinished((await listUnfinished(root)).filter(isOurs));
    },
    async close() {
      await journal.release();
      await kept?.files.close();
    },
  };
}

/** What another attempt may help against, and what was paid for then. */
const WORTH_KEEPING: readonly FailureKind[] = ['network', 'service', 'quota', 'incomplete', 'auth', 'interrupted'];

/** `754.3` → `12:34`. */
function clockTime(time: number): string {
  const whole = Math.floor(time);
  const part = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${part(minutes)}:${part(rest)}` : `${minutes}:${part(rest)}`;
}
