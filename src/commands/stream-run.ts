/** The work of `aloud stream`: one speech out of text that is still being written, into every output at once. */
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Provider } from '../providers/index.ts';
import { resolveSettings } from '../settings/resolve.ts';
import { type Summary, speak } from '../speak.ts';
import type { Connection, SpeechEvent, SpeechRequest, Transcript } from '../speech.ts';
import { endsLine, piecesOf } from '../text/pieces.ts';
import { type Renewing, renewing } from '../wire/renew.ts';
import { account, dryRun, follow, tellKept, tellSilence, tellSummary, tellWordless } from './account.ts';
import { present } from './options.ts';
import { planOutputs, showsOnTerminal } from './outputs.ts';
import { openPrompt, type Prompt } from './prompt.ts';
import { blame, makeRequest, reach, tellProvider } from './reach.ts';
import { type Line, rehearseWhenQuiet } from './rehearsal.ts';
import type { StreamOptions } from './stream.ts';
import { type Input, openPiped, openTyped } from './stream-input.ts';
import { type Outputs, openOutputs, stopper, type Work } from './stream-outputs.ts';
import { refuseIdle } from './stream-refusals.ts';

/** Speaks what is piped in while it is being written, or what is typed. Opens everything before the first text comes. */
export async function stream(options: StreamOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  const isTyped = host.stdin.isTTY === true;
  refuseIdle(options, isTyped, host);
  const settings = await resolveSettings(options.flags, host);
  const plan = planOutputs(options.outputs, settings, host);
  const reached = await reach(settings, host, signal, { offline: options.dryRun });
  const by = options.by ?? (isTyped ? 'line' : 'token');
  // What is cut here is complete; of tokens the service makes sentences (protocol §4.3).
  const delay = by === 'token' ? {} : { maxBufferDelayMs: 0 };
  const wishes = { timestamps: plan.timestamps, offline: options.dryRun, ...delay };
  const asked = await makeRequest(reached, settings, wishes, host, signal);
  const request = options.outputs.json ? withWords(asked, reached.provider) : asked;
  const run = { request, plan, settings };
  const { clock } = host;
  const input = { ...options, by, language: request.language, clock };

  const ending = new AbortController();
  const work: Work = {
    options,
    isTyped,
    run,
    input,
    host,
    signal: AbortSignal.any([signal, ending.signal]),
    end: reason => ending.abort(reason),
  };
  try {
    if (options.dryRun) return await dryRun(await dryText(work), run, host);
    const outputs = await openOutputs(work);
    tellProvider(settings, host);
    const connection = reached.provider.connect(reached.access, work.signal);
    const renewed = (connection: Connection) =>
      renewing(connection, { clock, ...(by === 'line' ? { endsUtterance: endsLine } : {}) });
    const synthesizer = renewed(connection);
    const line: Line = (nobody, text) => ({ synthesizer: renewed(nobody), transcript: piecesOf(text, input) });
    const isQuiet = () => outputs.started() === undefined;
    const calm = rehearseWhenQuiet({ reached, request, line, clock, signal: work.signal }, isQuiet);
    try {
      await carry(work, synthesizer, outputs);
    } catch (error) {
      // Where it never came to speaking, nobody else has done it.
      await Promise.allSettled(outputs.outlets.map(({ sink }) => sink.abort(error)));
      // What is said next begins a line.
      outputs.line.end();
      tellKept(outputs.kept, error, run, options.outputs, host);
      throw error;
    } finally {
      calm();
      await connection.close();
    }
  } catch (error) {
    throw blame(error, reached);
  } finally {
    // Whoever still waits for text, waits for nothing.
    ending.abort(new Failure('interrupted', 'the run is over'));
  }
}

async function carry(work: Work, synthesizer: Renewing, outputs: Outputs): Promise<void> {
  const { options, isTyped, run, host, signal, end } = work;
  const isQuiet = isTyped || options.tee || options.captions || showsOnTerminal(run.plan, host);
  const progress = isQuiet ? undefined : host.progress('listening');
  let prompt: Prompt | undefined;
  let input: Input | undefined;
  try {
    if (isTyped) {
      prompt = openPrompt(host, {
        isHeard: run.plan.plays,
        bargeIn: options.bargeIn,
        stop: stopper(synthesizer, outputs),
        leave: () => end(new Failure('interrupted', 'interrupted', { exitCode: 130 })),
        broken: outputs.line.restart,
      });
      outputs.show = prompt.show;
    }
    input = prompt
      ? await openTyped(prompt.lines, work.input, host, end)
      : await openPiped(work.input, host, signal, end);
    outputs.started = input.startedAt;
    const show = follow(run.request, host.clock, text => progress?.update(text));
    const { spoken, heardAt } = await speakAll(work, synthesizer, outputs, input, show);
    outputs.line.end();
    progress?.stop();
    prompt?.close();
    const endsLine = await input.finish();
    if (!endsLine && host.stdout.isTTY) host.tell('');
    const started = input.startedAt();
    const firstAudioMs = heardAt === undefined || started === undefined ? undefined : heardAt - started;
    await conclude(work, { ...spoken, firstAudioMs }, outputs);
  } finally {
    progress?.stop();
    prompt?.close();
    await input?.abandon();
  }
}

async function speakAll(
  { run, host, signal }: Work,
  synthesizer: Renewing,
  outputs: Outputs,
  input: Input,
  show: (event: SpeechEvent) => void,
): Promise<{ spoken: Summary; heardAt: number | undefined }> {
  let heardAt: number | undefined;
  const spoken = await speak({
    synthesizer,
    transcript: input.pieces,
    request: run.request,
    outlets: outputs.outlets,
    clock: host.clock,
    signal,
    onEvent(event) {
      if (event.type === 'audio') heardAt ??= host.clock.now();
      show(event);
    },
  });
  return { spoken, heardAt };
}

async function conclude({ options, run, host }: Work, summary: Summary, { wordless }: Outputs): Promise<void> {
  // What is typed may have been interrupted before it was heard.
  if (host.stdin.isTTY !== true) tellSilence(summary, run, host);
  tellWordless(wordless, run, host);
  if (options.presentation.json) {
    await host.printJson({ type: 'done', ...account(summary, run) });
  } else if (summary.audioBytes > 0) {
    tellSummary(summary, run, host);
  }
}

/** Word times as well, where the provider gives them. */
function withWords(request: SpeechRequest, provider: Provider): SpeechRequest {
  if (request.timestamps.length > 0) return request;
  const wished: SpeechRequest = Object.freeze({ ...request, timestamps: ['word'] as const });
  try {
    provider.check(wished);
    return wished;
  } catch {
    return request;
  }
}

async function dryText({ input, isTyped, host, signal, end }: Work): Promise<Transcript> {
  if (isTyped) return (async function* () {})();
  return (await openPiped({ ...input, tee: false }, host, signal, end)).pieces;
}
