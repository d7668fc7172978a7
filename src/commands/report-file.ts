/** The file of the audition page: opened before anything is sent, written when all the takes are there. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { FIGURES, type Group, groupTakes } from '../report/figures.ts';
import type { Breach } from '../report/gates.ts';
import { renderPage } from '../report/page.ts';
import { loadPageAssets } from '../report/page-assets.ts';
import { type PageClip, type PageData, packOutline } from '../report/page-data.ts';
import type { RunFacts } from '../report/results.ts';
import { isRecorded, type RecordedTake, type Take } from '../report/takes.ts';
import { openFileTarget } from '../sinks/target.ts';

/** What the page is about. */
export interface ReportContent {
  readonly takes: readonly Take[];
  readonly facts: RunFacts;
  /** The folder of the recordings. */
  readonly folder: string;
  readonly breachesOf: (group: Group) => readonly Breach[];
}

export interface ReportFile {
  readonly name: string;
  /** @throws Failure of kind output */
  write(content: ReportContent): Promise<void>;
  /** Leaves nothing behind, unless it was written. */
  discard(): Promise<void>;
}

/** A page above this size is slow to open, and a browser may refuse it. */
const LARGE_BYTES = 300_000_000;

/**
 * Opens the file, which proves that it can be written to.
 *
 * @throws Failure of kind output or usage, see `openFileTarget`
 */
export async function openReport(path: string, host: Host, signal: AbortSignal): Promise<ReportFile> {
  const assets = await loadPageAssets();
  const target = await openFileTarget(path, { clock: host.clock, signal });
  return {
    name: target.name,
    async write(content) {
      const groups = groupTakes(content.takes, true);
      const heard = groups.flatMap(group => heardOf(group) ?? []);
      const data = await describe(content, groups);
      for await (const piece of renderPage(data, filesOf(heard, content.folder), assets)) {
        signal.throwIfAborted();
        await target.write(Buffer.from(piece));
      }
      await target.commit();
      if (target.length > LARGE_BYTES) {
        host.warn(`${target.name} is ${Math.round(target.length / 1e6)} MB large; fewer voices or texts open faster`);
      }
    },
    discard: () => target.discard(),
  };
}

async function describe({ facts, folder, breachesOf }: ReportContent, groups: readonly Group[]): Promise<PageData> {
  // Of one take the median is the tail, too.
  const figures = FIGURES.filter(({ name }) => name !== 'p95' || groups.some(({ takes }) => takes.length > 1));
  const clips: PageClip[] = [];
  const failures = [];
  for (const group of groups) {
    const take = heardOf(group);
    if (take !== undefined) {
      const values = figures.map(({ key }) => group.figures[key] ?? null);
      clips.push(await describeClip(take, { group, values, breaches: breachesOf(group), folder }));
      continue;
    }
    for (const { voice, model, textIndex, outcome } of group.takes.slice(0, 1)) {
      const message = 'error' in outcome ? outcome.error.message : '';
      failures.push({ voice: voice.id, name: printable(voice.name, 200), model, text: textIndex, message });
    }
  }
  return {
    id: `${facts.startedAt} ${facts.planned}`,
    createdBy: facts.createdBy,
    startedAt: facts.startedAt,
    provider: facts.provider,
    format: `${facts.format.encoding}, ${facts.format.sampleRate} Hz`,
    texts: facts.texts,
    figures: figures.map(({ label, unit, digits, about, best }) => ({ label, unit, digits, about, best })),
    clips,
    failures,
  };
}

async function describeClip(
  take: RecordedTake,
  about: {
    readonly group: Group;
    readonly values: PageClip['values'];
    readonly breaches: readonly Breach[];
    readonly folder: string;
  },
): Promise<PageClip> {
  const { voice, model, textIndex, language, outcome } = take;
  return {
    voice: voice.id,
    name: printable(voice.name, 200),
    language: language ?? voice.language ?? null,
    gender: voice.gender ?? null,
    model,
    text: textIndex,
    values: about.values,
    takes: about.group.takes.filter(isRecorded).length,
    duration: outcome.duration,
    outline: packOutline(outcome.outline),
    words: outcome.timestamps === undefined ? [] : await readWords(join(about.folder, outcome.timestamps)),
    file: outcome.file,
    breaches: about.breaches.map(({ message }) => message),
  };
}

/** The words of a sidecar of ours. */
async function readWords(path: string): Promise<PageClip['words']> {
  const { words }: { words: readonly { text: string; start: number; end: number }[] } = JSON.parse(
    await readFile(path, 'utf8'),
  );
  return words.map(({ text, start, end }) => [text, start, end]);
}

/** The take of a group that is there to be heard. */
function heardOf({ takes }: Group): RecordedTake | undefined {
  return takes.find(isRecorded);
}

async function* filesOf(takes: readonly RecordedTake[], folder: string): AsyncGenerator<AsyncIterable<Uint8Array>> {
  for (const { outcome } of takes) yield createReadStream(join(folder, outcome.file), { highWaterMark: 3 * 65536 });
}
