/** Who speaks behind `aloud serve`: the built-in engine, a service that is recorded, or a recording. */
import { type Engine, openEngine } from '../engine/index.ts';
import { Failure, printable } from '../errors.ts';
import { openCassette } from '../fixtures/cassette.ts';
import { openCassetteWriter } from '../fixtures/cassette-writer.ts';
import { recorded } from '../fixtures/recorded.ts';
import { replayed } from '../fixtures/replayed.ts';
import type { Host } from '../host.ts';
import { PROVIDERS } from '../providers/index.ts';
import type { ServerOptions } from '../server/options.ts';
import { resolveSettings } from '../settings/resolve.ts';
import type { Connection, Piece, Synthesizer, Transcript } from '../speech.ts';
import { renewing } from '../wire/renew.ts';
import { reach } from './reach.ts';
import type { Log } from './serve-log.ts';
import type { RecordOptions, ServeOptions } from './serve-options.ts';
import { serveVoices } from './serve-voices.ts';

export interface Source {
  readonly synthesizer: Synthesizer;
  /** What the server in front has to know of it. */
  readonly serving: Pick<ServerOptions, 'voices' | 'models' | 'passesText' | 'strict'>;
  /** One line for people; absent for the built-in engine. */
  readonly about?: string;
  /** Rejects when it is of no use any more. */
  readonly failed?: Promise<never>;
  close(): Promise<void>;
}

/** Model ids of the built-in engine, beside those of the services. */
const MODELS = ['espeak-ng'];

/** Opens what `options` ask for. @throws Failure when that cannot be done */
export async function openSource(options: ServeOptions, host: Host, signal: AbortSignal, log: Log): Promise<Source> {
  const { record, replay, strict } = options;
  if (record !== undefined) return recordingSource(record, strict, host, signal);
  if (replay !== undefined) return replayingSource(replay, strict, host, log);
  const engine = await openEngine();
  return {
    synthesizer: engine,
    serving: { voices: serveVoices, models: MODELS, strict },
    close: () => engine.close(),
  };
}

/** Voices and models go to the service as they come. */
async function recordingSource(
  { file, upstream, upstreamUrl }: RecordOptions,
  strict: boolean,
  host: Host,
  signal: AbortSignal,
): Promise<Source> {
  const settings = await resolveSettings({ provider: upstream, baseUrl: upstreamUrl }, host);
  const { provider, access } = await reach(settings, host, signal).catch(error => {
    // Here the flag for a key file is about the door.
    if (!(error instanceof Failure) || error.details.provider !== upstream) throw error;
    throw error.with({ hint: `set ${PROVIDERS[upstream].credentials[0]}` });
  });
  const cassette = await openCassetteWriter(file, { createdBy: `aloud ${host.version}`, provider: upstream });
  // Opened by the first who speaks, and not by `signal` but by the server ended, after what is being spoken.
  let connection: Connection | undefined;
  const service: Synthesizer = {
    async *synthesize(transcript, request, stop) {
      provider.check(request);
      // What is recorded has its chunks as they were sent.
      connection ??= provider.connect({ ...access, joinsChunks: false }, new AbortController().signal);
      // A writer may pause for longer than a context of the service lives.
      yield* renewing(connection, { clock: host.clock }).synthesize(transcript, request, stop);
    },
  };
  return {
    synthesizer: recorded(service, cassette, access.redact),
    serving: { models: 'any', passesText: true, strict },
    about: `recording ${upstream} into ${printable(file, 200)}`,
    failed: cassette.failed,
    async close() {
      await connection?.close();
      await cassette.close();
    },
  };
}

/** What was let in when it was recorded is let in again: `strict` is about what was recorded alone. */
async function replayingSource(file: string, strict: boolean, host: Host, log: Log): Promise<Source> {
  const cassette = await openCassette(file);
  const { takes, unfinished } = cassette;
  const speeches = (count: number) => `${count} recorded speech${count === 1 ? '' : 'es'}`;
  if (unfinished > 0) host.warn(`${printable(file, 200)}: ${speeches(unfinished)} without an end left out`);
  const engine = engineOnDemand();
  const synthesizer = replayed(cassette, {
    clock: host.clock,
    onMiss: (request, text) => log.miss(request, text, strict),
    ...(strict ? {} : { fallback: engine.synthesizer }),
  });
  return {
    synthesizer,
    serving: { models: 'any', passesText: true },
    about: `replaying ${speeches(takes)} from ${printable(file, 200)}`,
    async close() {
      await engine.close();
      await cassette.close();
    },
  };
}

/** The built-in engine with a voice of its own for every id, opened by the first who needs it. */
function engineOnDemand(): { readonly synthesizer: Synthesizer; close(): Promise<void> } {
  let engine: Promise<Engine> | undefined;
  const synthesizer: Synthesizer = {
    async *synthesize(transcript, request, signal) {
      engine ??= openEngine();
      const { voice: id, language } = request;
      const voice = serveVoices.resolve(id, language) ?? serveVoices.substitute?.(id, language) ?? id;
      // Without buffering each text is acknowledged, as in production (protocol §4.3).
      const text = request.maxBufferDelayMs === 0 ? acknowledged(transcript) : transcript;
      yield* (await engine).synthesize(text, { ...request, voice }, signal);
    },
  };
  return {
    synthesizer,
    async close() {
      await engine?.then(open => open.close()).catch(() => {});
    },
  };
}

/** The same text with a boundary behind each piece of it. */
async function* acknowledged(transcript: Transcript): AsyncGenerator<Piece> {
  for await (const piece of transcript) {
    yield piece;
    if (typeof piece === 'string' && /\S/.test(piece)) yield { flush: true };
  }
}
