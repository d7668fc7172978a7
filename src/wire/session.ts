/** Any number of contexts over as few sockets as the language allows: opened early, renewed when they have gone. */
import { randomUUID } from 'node:crypto';
import { Failure } from '../errors.ts';
import { type Flow, flowing } from '../flow.ts';
import type { Dialect } from '../protocol/dialect.ts';
import type { Clock, Connection, Piece, SpeechEvent, SpeechRequest, Transcript } from '../speech.ts';
import type { Context } from './context.ts';
import { createContext } from './context.ts';
import type { Redact } from './failures.ts';
import { keptAlive } from './keepalive.ts';
import type { Link } from './link.ts';
import { createLink } from './link.ts';
import { createSlots } from './slots.ts';
import type { Socket } from './socket.ts';
import { abortable } from './wait.ts';

export interface SessionOptions {
  readonly clock: Clock;
  /** How long an unfinished context may hear nothing, in milliseconds. */
  readonly timeoutMs: number;
  /** Contexts at once; others wait their turn. No limit unless told. */
  readonly maxContexts?: number;
  /** Whether chunks that wait to be taken, and lie side by side, may be taken as one. */
  readonly joinsChunks?: boolean;
  /** Takes secrets out of text from outside. */
  readonly redact?: Redact;
  readonly makeContextId?: () => string;
}

/** A connection that says when it is there. */
export interface Session extends Connection {
  /** Resolves once a socket is open; throws why there is none. */
  ready(): Promise<void>;
}

/** A socket that is there, or on its way. */
interface Place {
  readonly opened: Promise<Link>;
  /** Contexts that are on it, or will be as soon as it is open. */
  load: number;
  usedAt: number;
  /** What its contexts need to have been said on it before, and whether it has been. */
  opening?: string;
  isGreeted: boolean;
  /** Nothing comes any more, though the socket looks open: it is for nobody new, and closed when nobody is on it. */
  isMute?: boolean;
}

/** The service closes a socket that was idle for five minutes (protocol §4.6): not used after this long. */
const STALE_MS = 270_000;

/**
 * Starts connecting at once with `open`, and again whenever a socket is needed and none is there. The
 * events of a context begin with one of type `context`.
 */
export function createSession(
  dialect: Dialect,
  open: (signal: AbortSignal) => Promise<Socket>,
  options: SessionOptions,
): Session {
  const { clock, timeoutMs, joinsChunks = false, redact = text => text, makeContextId = () => randomUUID() } = options;
  const slots = createSlots(options.maxContexts ?? Number.POSITIVE_INFINITY);
  const closing = new AbortController();
  const places = new Set<Place>();
  let refused: Failure | undefined;

  function connect(): Place {
    const gone = () => places.delete(place);
    // What cannot even be tried, such as a proxy of an unknown kind, is told in the same way as what fails.
    const opened = (async () => open(closing.signal))().then(socket =>
      createLink(dialect, keptAlive(socket, dialect, clock), clock, gone),
    );
    // A failure is for the first who waits for the socket, and is kept until then. A refused key is for all: it stays the same.
    opened.catch(error => {
      if (error instanceof Failure && error.kind === 'auth') refused = error;
    });
    const place: Place = { opened, load: 0, usedAt: clock.now(), isGreeted: false };
    places.add(place);
    return place;
  }

  /** A place on an open socket, for contexts that need `opening`, or for none; `leave` gives it back. */
  async function join(signal: AbortSignal, opening?: string): Promise<{ link: Link; place: Place }> {
    for (;;) {
      closing.signal.throwIfAborted();
      if (refused !== undefined) throw refused;
      const place = [...places].find(known => hasRoom(known, opening)) ?? connect();
      place.load++;
      if (opening !== undefined) place.opening = opening;
      try {
        const link = await abortable(place.opened, signal);
        if (link.socket.isOpen) return { link, place };
      } catch (error) {
        leave(place);
        if (!signal.aborted) places.delete(place);
        throw error;
      }
      leave(place);
      places.delete(place);
    }
  }

  function leave(place: Place): void {
    place.load--;
    place.usedAt = clock.now();
    if (place.isMute && place.load === 0) void retire(place);
  }

  function hasRoom(place: Place, opening: string | undefined): boolean {
    if (place.isMute || place.load >= dialect.contextsPerSocket) return false;
    const isOther = opening !== undefined && place.opening !== undefined && place.opening !== opening;
    if (place.load > 0) return !isOther;
    if (clock.now() - place.usedAt < STALE_MS && !(isOther && place.isGreeted)) return true;
    retire(place);
    return false;
  }

  function retire(place: Place): Promise<void> {
    places.delete(place);
    return place.opened.then(
      link => {
        if (dialect.farewell !== undefined) link.socket.send(dialect.farewell);
        return link.socket.close();
      },
      () => {},
    );
  }

  /** A new context on an open socket, once it is its turn. */
  async function begin(
    request: SpeechRequest,
    signal: AbortSignal,
  ): Promise<{ link: Link; id: string; context: Context }> {
    const release = await slots.take(signal);
    try {
      const opening = dialect.open(request);
      // Before there is a socket: then it waits for us.
      const id = makeContextId();
      const { link, place } = await join(signal, opening.join('\n'));
      if (!place.isGreeted) for (const frame of opening) link.socket.send(frame);
      place.isGreeted = true;
      const over = (complete: boolean, mute: boolean) => {
        link.remove(id);
        if (mute) place.isMute = true;
        leave(place);
        release();
        // What still comes of it could not be told from the next context.
        if (!complete && dialect.contextsPerSocket === 1) void retire(place);
      };
      const context = createContext({
        id,
        request,
        dialect,
        line: link,
        clock,
        timeoutMs,
        joinsChunks,
        redact,
        signal,
        over,
      });
      link.add(id, context);
      return { link, id, context };
    } catch (error) {
      release();
      throw error;
    }
  }

  async function* speech(
    transcript: Transcript,
    request: SpeechRequest,
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent | Flow<SpeechEvent>> {
    signal.throwIfAborted();
    const pieces = transcript[Symbol.asyncIterator]();
    let context: Context | undefined;
    try {
      const first = await firstText(pieces, signal);
      if (first === undefined) return;
      const begun = await begin(request, signal);
      context = begun.context;
      context.speak(first, pieces);
      const { requestId } = begun.link.socket;
      yield { type: 'context', contextId: begun.id, ...(requestId === undefined ? {} : { requestId }) };
      yield context;
    } finally {
      // What is over stays as it is; whoever leaves early, or waits for a piece no more, is done with the text too.
      if (context) context.stop(signal.reason);
      else void pieces.return?.()?.catch(() => {});
    }
  }

  connect();

  return {
    synthesize: (transcript, request, signal) => flowing(speech(transcript, request, signal)),
    async ready() {
      const { place } = await join(closing.signal);
      leave(place);
    },
    async close() {
      closing.abort(new Failure('interrupted', 'the connection was closed'));
      await Promise.all([...places].map(closeWhole));
    },
  };

  /** Contexts first, so that the service hears of their end before the socket's. */
  function closeWhole(place: Place): Promise<void> {
    return place.opened.then(
      link => {
        for (const context of [...link.contexts.values()]) context.stop(closing.signal.reason);
        return retire(place);
      },
      () => {},
    );
  }
}

/** The first piece with text in it: blank ones and boundaries before it mean nothing. */
async function firstText(pieces: AsyncIterator<Piece>, signal: AbortSignal): Promise<string | undefined> {
  for (;;) {
    const { done, value } = await abortable(pieces.next(), signal);
    if (done) return undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
}
