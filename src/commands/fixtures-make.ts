/** Makes the files of one entry: always by playing a recording, so that made and restored files are the same bytes. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { seconds } from '../audio.ts';
import { Failure, printable } from '../errors.ts';
import type { Kept } from '../fixtures/cache.ts';
import type { LockRecord } from '../fixtures/lock-record.ts';
import type { Fence } from '../fixtures/paths.ts';
import { DamagedRecording } from '../fixtures/recording.ts';
import type { Host } from '../host.ts';
import type { SinkContext } from '../sinks/context.ts';
import { openSink } from '../sinks/index.ts';
import { outputFailure } from '../sinks/output-failure.ts';
import { type Outlet, speak } from '../speak.ts';
import type { SpeechRequest } from '../speech.ts';
import { transcriptOfText } from '../text/inputs.ts';
import { countWords } from '../text/words.ts';
import { type FixturePlan, keyOf, MADE_BY, settleRequest } from './fixtures-plan.ts';
import { digestOfFile, findStale } from './fixtures-state.ts';
import type { Store } from './fixtures-store.ts';

/** What making needs beside the entry. */
export interface Workshop {
  readonly store: Store;
  readonly fence: Fence;
  readonly host: Host;
  /** Recordings that are being made, so that none is made twice at a time. */
  readonly flights: Map<string, Promise<void>>;
  /** Recordings that may be made at once. */
  /** Contexts at once; undefined: as many as the service takes. */
  readonly jobs: number | undefined;
}

/** What became of an entry. */
export interface Made {
  readonly how: 'made' | 'cached';
  readonly record: LockRecord;
}

/** A damaged recording is made again so often; one that is damaged then was not damaged by chance. */
const ATTEMPTS = 3;

/**
 * Makes or restores what is missing. `before` is what the lock has.
 *
 * @throws Failure, and the reason of an aborted signal
 */
export async function makeEntry(
  plan: FixturePlan,
  before: LockRecord | undefined,
  shop: Workshop,
  signal: AbortSignal,
): Promise<Made> {
  if (before !== undefined && findStale(plan, before) === undefined) {
    const record = await restore(plan, before, shop, signal);
    if (record !== undefined) return { how: 'cached', record };
  }
  const request = await settleRequest(plan);
  const key = keyOf(plan, request);
  for (let attempt = 1; ; attempt++) {
    const isMade = !(await hasRecording(key, shop)) && (await makeOnce(key, plan, request, shop, signal));
    const record = await play(key, plan, request, shop, signal);
    await shop.store.release(key);
    if (record !== undefined) return { how: isMade ? 'made' : 'cached', record };
    if (attempt === ATTEMPTS)
      throw new Failure('output', `what is kept of ${printable(plan.entry.output, 200)} is damaged again and again`);
  }
}

/** Restores what the lock has from the cache alone; undefined when that cannot be. */
export async function restore(
  plan: FixturePlan,
  before: LockRecord,
  shop: Workshop,
  signal: AbortSignal,
): Promise<LockRecord | undefined> {
  const { model, voice, language } = before;
  const { language: _, ...rest } = plan.request;
  const request = { ...rest, model, voice, ...(language === null ? {} : { language }) };
  return play(before.key, plan, request, shop, signal, before.samples);
}

async function hasRecording(key: string, { store, flights }: Workshop): Promise<boolean> {
  await flights.get(key)?.catch(() => {});
  const kept = await store.open(key);
  await kept?.close();
  return kept !== undefined;
}

/** Speaks into the cache; whoever wants the same meanwhile waits for it. Resolves to whether it was this one who spoke. */
async function makeOnce(
  key: string,
  plan: FixturePlan,
  request: SpeechRequest,
  shop: Workshop,
  signal: AbortSignal,
): Promise<boolean> {
  const underway = shop.flights.get(key);
  if (underway !== undefined) {
    await underway;
    return false;
  }
  const flight = synthesize(key, plan, request, shop, signal);
  shop.flights.set(key, flight);
  try {
    await flight;
    return true;
  } finally {
    shop.flights.delete(key);
  }
}

async function synthesize(
  key: string,
  plan: FixturePlan,
  request: SpeechRequest,
  shop: Workshop,
  signal: AbortSignal,
): Promise<void> {
  const synthesizer = await plan.speaker.connection(shop.jobs);
  await shop.store.record(key, request.format, async sink => {
    const outlets = [{ name: 'the cache', sink }];
    await speak({
      synthesizer,
      transcript: transcriptOfText(plan.text, request.language),
      request,
      outlets,
      clock: shop.host.clock,
      signal,
    });
  });
}

/** Plays what is kept under `key` into the files of an entry; undefined when there is nothing, or not `samples`. */
async function play(
  key: string,
  plan: FixturePlan,
  request: SpeechRequest,
  shop: Workshop,
  signal: AbortSignal,
  samples?: string,
): Promise<LockRecord | undefined> {
  const kept = await shop.store.open(key);
  if (kept === undefined) return undefined;
  try {
    if (samples !== undefined && kept.facts.samples !== samples) return undefined;
    const outlets = await openFiles(plan, request, shop, signal);
    const { host } = shop;
    await speak({
      synthesizer: kept.speech,
      transcript: transcriptOfText(plan.text, request.language),
      request,
      outlets,
      clock: host.clock,
      signal,
    });
    return recordOf(key, kept, plan, request, shop);
  } catch (error) {
    if (!(error instanceof DamagedRecording)) throw error;
    await shop.store.drop(key);
    return undefined;
  } finally {
    await kept.close();
  }
}

async function openFiles(
  plan: FixturePlan,
  request: SpeechRequest,
  { fence, host }: Workshop,
  signal: AbortSignal,
): Promise<Outlet[]> {
  const { provider } = plan.speaker;
  const context: SinkContext = {
    request,
    provider: provider.name,
    cues: plan.values.cues,
    createdBy: MADE_BY,
    clock: host.clock,
    stdout: host.stdout,
    onNoWords: name => host.warn(`${provider.name} gave no word times, so there are none in ${name}`),
    signal,
  };
  const outlets: Outlet[] = [];
  try {
    for (const { kind, name } of plan.files) {
      const path = fence.inside(name);
      await mkdir(dirname(path), { recursive: true }).catch(error => {
        throw outputFailure(error, printable(name, 200));
      });
      outlets.push({ name: printable(name, 200), sink: await openSink(kind, path, context) });
    }
    return outlets;
  } catch (error) {
    await Promise.allSettled(outlets.map(({ sink }) => sink.abort(error)));
    throw error;
  }
}

function recordOf(
  key: string,
  { facts }: Kept,
  plan: FixturePlan,
  request: SpeechRequest,
  { fence }: Workshop,
): LockRecord {
  const { provider, engine } = plan.speaker;
  return {
    key,
    asked: plan.asked,
    samples: facts.samples,
    files: Object.fromEntries(plan.files.map(({ name }) => [name, digestOfFile(fence.inside(name)) ?? ''])),
    duration: Math.round(seconds(facts.bytes, request.format) * 1e6) / 1e6,
    words: countWords(plan.text, request.language),
    provider: provider.name,
    engine: engine ?? null,
    model: request.model,
    voice: request.voice,
    language: request.language ?? null,
    // What the engine on this machine calls a request is of no use to anybody, and another one each time.
    request_id: engine === null ? facts.requestId : null,
  };
}
