/** `POST /tts/bytes` and `POST /tts/sse`: one text, one answer (protocol §8.3). */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { seconds } from '../audio.ts';
import { writeError } from '../protocol/cartesia-events.ts';
import type { WholeRequest } from '../protocol/cartesia-rest.ts';
import type { Refusal } from '../protocol/refusal.ts';
import type { SpeechEvent, Synthesizer } from '../speech.ts';
import { admit, checkLengths } from './admission.ts';
import { cartesiaWording } from './cartesia-wording.ts';
import { createContext } from './context.ts';
import type { Outcome, Settings } from './options.ts';
import type { Send } from './outbox.ts';
import { noSlot, said, synthesisFailed } from './refusals.ts';
import type { Slots } from './slots.ts';
import { wavHead } from './wav-head.ts';

/** What both need beside the request. */
export interface Speaking {
  readonly synthesizer: Synthesizer;
  readonly settings: Settings;
  readonly contextSlots: Slots;
  readonly version: string;
  readonly requestId: string;
}

/**
 * Answers with the audio itself. What fails after the first of it can only be shown by cutting the
 * answer short.
 *
 * @throws Refusal for what fails before.
 */
export async function answerBytes(whole: WholeRequest, response: ServerResponse, speaking: Speaking): Promise<void> {
  const { generation, container } = whole;
  const { synthesizer, settings, contextSlots } = speaking;
  checkLengths(generation, settings);
  const request = { ...admit(generation, speaking.version, settings), timestamps: [] };
  if (!contextSlots.take()) throw noSlot(contextSlots, settings.concurrency);
  const abort = new AbortController();
  const leave = () => abort.abort(new Error('the client has gone'));
  response.once('close', leave);
  const started = settings.clock.now();
  let bytes = 0;
  let firstAudioMs: number | undefined;
  const finish = (outcome: Outcome, refusal?: Refusal) =>
    settings.onLog?.({
      contextId: generation.contextId,
      requestId: speaking.requestId,
      chars: generation.transcript.length,
      audioSeconds: seconds(bytes, request.format),
      firstAudioMs,
      outcome,
      ...(refusal === undefined ? {} : { error: said(refusal).error }),
    });
  try {
    const head = () => {
      response.writeHead(200, { 'Content-Type': container === 'wav' ? 'audio/wav' : 'application/octet-stream' });
      if (container === 'wav') response.write(wavHead(request.format));
    };
    for await (const event of synthesizer.synthesize(alone(generation.transcript), request, abort.signal)) {
      if (event.type !== 'audio' || event.chunk.length === 0) continue;
      if (!response.headersSent) head();
      firstAudioMs ??= settings.clock.now() - started;
      bytes += event.chunk.length;
      await room(response, event);
      if (abort.signal.aborted) break;
    }
    if (abort.signal.aborted) return finish('disconnected');
    if (!response.headersSent) head();
    response.end();
    finish('done');
  } catch (error) {
    if (abort.signal.aborted) return finish('disconnected');
    const refusal = synthesisFailed(error);
    finish('error', refusal);
    if (!response.headersSent) throw refusal;
    response.destroy();
  } finally {
    response.off('close', leave);
    contextSlots.release();
  }
}

/**
 * Answers with the messages of the socket as server-sent events.
 *
 * @throws Refusal for what fails before the first.
 */
export async function answerEvents(whole: WholeRequest, response: ServerResponse, speaking: Speaking): Promise<void> {
  const { generation } = whole;
  const { synthesizer, settings, contextSlots, version, requestId } = speaking;
  checkLengths(generation, settings);
  const request = admit(generation, version, settings);
  if (!contextSlots.take()) throw noSlot(contextSlots, settings.concurrency);
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const send: Send = frame => {
    const { type } = JSON.parse(String(frame)) as { type: string };
    return response.write(`event: ${type}\ndata: ${frame}\n\n`) ? undefined : drained(response);
  };
  let isOver = false;
  await new Promise<void>(resolve => {
    const finish = (outcome: Outcome, refusal?: Refusal) => {
      if (isOver) return;
      isOver = true;
      contextSlots.release();
      settings.onLog?.({
        contextId: generation.contextId,
        requestId,
        ...context.figures(),
        outcome,
        ...(refusal === undefined ? {} : { error: said(refusal).error }),
      });
      resolve();
    };
    const context = createContext(generation, request, {
      synthesizer,
      settings,
      send,
      wording: cartesiaWording(generation.contextId),
      onWeight() {},
      onAudio() {},
      onEnd(outcome, refusal) {
        if (refusal !== undefined) {
          const facts = refusal.on(generation.contextId).facts;
          void send(writeError(facts, { version, requestId, strict: settings.strict }));
        }
        // In the next turn: `done` is sent after this.
        queueMicrotask(() => {
          finish(outcome, refusal);
          response.end();
        });
      },
    });
    response.once('close', () => {
      context.stop();
      finish('disconnected');
    });
    context.input(generation);
  });
}

async function* alone(text: string): AsyncGenerator<string> {
  yield text;
}

async function room(response: ServerResponse, event: SpeechEvent & { type: 'audio' }): Promise<void> {
  if (!response.write(event.chunk)) await drained(response);
}

/** Resolves when there is room again, or the reader has gone. */
async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  const stop = new AbortController();
  const { signal } = stop;
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]).catch(() => {});
  stop.abort();
}
