/** What one run of `aloud stream` writes, plays and shows, opened before its text comes; and how its sound is stopped. */
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import { type CaptionSink, createCaptions } from '../sinks/captions.ts';
import { createEventLines } from '../sinks/event-lines.ts';
import type { SpeakerSink } from '../sinks/speaker.ts';
import { openStreamTarget } from '../sinks/target.ts';
import type { Outlet } from '../speak.ts';
import type { Sink } from '../speech.ts';
import type { Renewing } from '../wire/renew.ts';
import type { Run } from './account.ts';
import { type CaptionLine, createCaptionLine } from './caption-line.ts';
import { createMuffle, type Muffle } from './muffle.ts';
import { openOutlets, sinkContext } from './outputs.ts';
import type { StreamOptions } from './stream.ts';
import type { InputOptions } from './stream-input.ts';

/** What the parts of a run have to know of it. */
export interface Work {
  readonly options: StreamOptions;
  /** Whether the text is typed at a terminal. */
  readonly isTyped: boolean;
  readonly run: Run;
  readonly input: InputOptions;
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Ends the run, for this reason. */
  readonly end: (reason: unknown) => void;
}

export interface Outputs {
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

/** Opens every output; what can be known to fail fails here. */
export async function openOutputs({ options, isTyped, run, host, signal, end }: Work): Promise<Outputs> {
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

/** Stops what is being spoken, wherever it is on its way; says whether there was anything. */
export function stopper(synthesizer: Renewing, { muffle, captions, line }: Outputs): () => boolean {
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
