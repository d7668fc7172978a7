/** The work of `aloud stream`: one speech out of text that is still being written, into every output at once. */
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Provider } from '../providers/index.ts';
import { resolveSettings } from '../settings/resolve.ts';
import { type CaptionSink, createCaptions } from '../sinks/captions.ts';
import { createEventLines } from '../sinks/event-lines.ts';
import type { SpeakerSink } from '../sinks/speaker.ts';
import { openStreamTarget } from '../sinks/target.ts';
import { isStdout } from '../sinks/target-place.ts';
import { type Outlet, type Summary, speak } from '../speak.ts';
import type { Sink, SpeechEvent, SpeechRequest, Transcript } from '../speech.ts';
import { endsLine } from '../text/pieces.ts';
import { type Renewing, renewing } from '../wire/renew.ts';
import { account, dryRun, follow, type Run, tellKept, tellSilence, tellSummary, tellWordless } from './account.ts';
import { type CaptionLine, createCaptionLine } from './caption-line.ts';
import { createMuffle, type Muffle } from './muffle.ts';
import { present } from './options.ts';
import { openOutlets, planOutputs, showsOnTerminal, sinkContext } from './outputs.ts';
import { openPrompt, type Prompt } from './prompt.ts';
import { blame, makeRequest, reach, tellProvider } from './reach.ts';
import type { StreamOptions } from './stream.ts';
import { type Input, type InputOptions, openPiped, openTyped } from './stream-input.ts';

/** Speaks what is piped in while it is being written, or what is typed. Opens everything before the first text comes. */
export async function stream(options: StreamOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  const isTyped = host.stdin.isTTY === true;
  refuseIdle(options, isTyped, host);
  const settings = await resolveSettings(options.flags, host);
  const plan = planOutputs(options.outputs, settings, host);
  const reached = await reach(settings, host, signal);
  const by = options.by ?? (isTyped ? 'line' : 'token');
  // What is cut here is complete; of tokens the service makes sentences (protocol §4.3).
  const delay = by === 'token' ? {} : { maxBufferDelayMs: 0 };
  const wishes = { timestamps: plan.timestamps, offline: options.dryRun, ...delay };
  const asked = await makeRequest(reached, settings, wishes, host, signal);
  const request = options.outputs.json ? withWords(asked, reached.provider) : asked;
  const run = { request, plan, settings };
  const input = { ...options, by, language: request.language, clock: host.clock };

  const ending = new AbortController();
  const work: Work = {
    options,
    run,
    input,
    host,
    signal: AbortSignal.any([signal, ending.signal]),
    end: reason => ending.abort(reason),
  };
  try {
    if (options.dryRun) return await dryRun(await dryText(work, isTyped), run, host);
    const outputs = await openOutputs(work, isTyped);
    tellProvider(settings, host);
    const connection = reached.provider.connect(reached.access, work.signal);
    const synthesizer = renewing(connection, {
      clock: host.clock,
      ...(by === 'line' ? { endsUtterance: endsLine } : {}),
    });
    try {
      await carry(work, synthesizer, outputs, isTyped);
    } catch (error) {
      // Where it never came to speaking, nobody else has done it.
      await Promise.allSettled(outputs.outlets.map(({ sink }) => sink.abort(error)));
      tellKept(outputs.kept, host);
      throw error;
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw blame(error, reached);
  } finally {
    // Whoever still waits for text, waits for nothing.
    ending.abort(new Failure('interrupted', 'the run is over'));
  }
}

/** What the parts of a run have to know of it. */
interface Work {
  readonly options: StreamOptions;
  readonly run: Run;
  readonly input: InputOptions;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Ends the run, for this reason. */
  readonly end: (reason: unknown) => void;
}

interface Outputs {
  readonly outlets: readonly Outlet[];
  /** Where the loudspeaker can be cut off in the middle. */
  readonly muffle: Muffle | undefined;
  readonly captions: CaptionSink | undefined;
  readonly line: CaptionLine;
  /** Sidecars that turned out to have no words. */
  readonly wordless: readonly string[];
  /** Files of which what arrived was kept. */
  readonly kept: readonly string[];
  /** To be known when the input is there. */
  started: () => number | undefined;
  /** Where captions go: the terminal, or above its prompt. */
  show: (text: string) => void;
}

async function openOutputs({ options, run, host, signal, end }: Work, isTyped: boolean): Promise<Outputs> {
  const { request, plan, settings } = run;
  const { format } = request;
  const wordless: string[] = [];
  const kept: string[] = [];
  const notes = {
    onNoWords: (name: string) => wordless.push(name),
    onKept: (name: string) => kept.push(name),
  };
  const context = sinkContext(request, options.outputs, settings, host, { signal, expectLarge: false, ...notes });
  const lines = options.outputs.json ? await openStreamTarget(host.stdout) : undefined;
  let speaker: SpeakerSink | undefined;
  const outlets = await openOutlets(plan, context, settings.values, host, opened => {
    speaker = opened;
  });
  const loud = speaker === undefined ? undefined : outlets.pop();
  const muffle = speaker && loud && isTyped ? createMuffle(loud, speaker, format, end) : undefined;
  if (loud !== undefined) outlets.push(muffle?.outlet ?? loud);

  const line = createCaptionLine(
    text => outputs.show(text),
    () => host.width('stderr'),
  );
  const position = speaker && (() => speaker?.position() ?? 0);
  const captions = options.captions
    ? createCaptions({ format, clock: host.clock, position, show: line.add })
    : undefined;
  // Behind what plays: what is left is shown when all has been heard.
  if (captions !== undefined) outlets.push({ name: 'the captions', sink: captions });
  if (lines !== undefined) {
    const sink = createEventLines(lines, { clock: host.clock, startedAt: () => outputs.started() });
    outlets.push({ name: 'standard output', sink: ending(sink, end) });
  }
  const outputs: Outputs = {
    outlets,
    muffle,
    captions,
    line,
    wordless,
    kept,
    started: () => undefined,
    show: text => host.stderr.write(text),
  };
  return outputs;
}

/** The same sink; when its reader has gone away there is nobody left to speak to. */
function ending(sink: Sink, end: (reason: unknown) => void): Sink {
  return {
    ...sink,
    async write(event) {
      try {
        await sink.write(event);
      } catch (error) {
        if (error instanceof Failure && error.kind === 'gone') end(error);
        throw error;
      }
    },
  };
}

async function carry(work: Work, synthesizer: Renewing, outputs: Outputs, isTyped: boolean): Promise<void> {
  const { options, run, host, signal, end } = work;
  const isQuiet = isTyped || options.tee || options.captions || showsOnTerminal(run.plan, host);
  const progress = isQuiet ? undefined : host.progress('listening');
  let prompt: Prompt | undefined;
  let input: Input | undefined;
  try {
    if (isTyped) {
      prompt = openPrompt(host, {
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

/** Stops what is being spoken, wherever it is on its way; says whether there was anything. */
function stopper(synthesizer: Renewing, { muffle, captions, line }: Outputs): () => boolean {
  return () => {
    const isSpeaking = synthesizer.speaking || muffle?.sounding() === true;
    synthesizer.interrupt();
    if (isSpeaking) {
      muffle?.cut();
      captions?.cut();
      line.end();
    }
    return isSpeaking;
  };
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

async function dryText({ input, host, signal, end }: Work, isTyped: boolean): Promise<Transcript> {
  if (isTyped) return (async function* () {})();
  return (await openPiped({ ...input, tee: false }, host, signal, end)).pieces;
}

/** No flag is accepted and ignored, and no two write over each other. */
function refuseIdle(
  { tee, captions, by, idleFlushMs, bargeIn, outputs }: StreamOptions,
  isTyped: boolean,
  host: Host,
): void {
  if (tee && (outputs.json || outputs.outputs.some(isStdout))) {
    throw new Failure('usage', 'two outputs want standard output', { hint: 'write one of them to a file' });
  }
  if (tee && captions && host.stdout.isTTY && host.stderr.isTTY) {
    throw new Failure('usage', '--tee and --captions would write over each other on one terminal', {
      hint: 'leave out one of them, or send one elsewhere: 2> captions.txt',
    });
  }
  const onTerminal = 'on a terminal each line is spoken as it is entered';
  const idle: readonly (readonly [string, boolean, string])[] = [
    ['--barge-in', bargeIn && !isTyped, 'it is for lines that are typed on a terminal'],
    ['--tee', tee && isTyped && host.stdout.isTTY === true, 'what you type is on the terminal already'],
    [`--by ${by}`, isTyped && by !== undefined && by !== 'line', onTerminal],
    ['--idle-flush', isTyped && idleFlushMs !== undefined, onTerminal],
  ];
  for (const [flag, isIdle, hint] of idle) {
    if (isIdle) throw new Failure('usage', `${flag} would do nothing here`, { hint });
  }
}
