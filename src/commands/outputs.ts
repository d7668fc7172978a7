/** Works out what a run writes and whether it plays, and opens it all before anything is sent (INTERFACE §3). */
import { extname, isAbsolute, join, resolve } from 'node:path';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import type { SettingValues } from '../settings/index.ts';
import { flagName, type SettingName } from '../settings/index.ts';
import type { Settings } from '../settings/resolve.ts';
import type { SinkContext } from '../sinks/context.ts';
import { kindAt, openSink, type SinkKind, sinkKinds } from '../sinks/index.ts';
import type { SpeakerSink } from '../sinks/speaker.ts';
import { identityOf, isStdout } from '../sinks/target-place.ts';
import type { Outlet } from '../speak.ts';
import type { Granularity, SpeechRequest } from '../speech.ts';

/** What the flags of a command say about its outputs. */
export interface OutputFlags {
  readonly outputs: readonly string[];
  /** A path, or true to put the sidecar beside the audio file. */
  readonly srt?: string | true;
  readonly vtt?: string | true;
  readonly timestamps?: string | true;
  readonly play?: boolean;
  readonly clobber: boolean;
  readonly keepPartial: boolean;
  /** Whether the command's one document goes to stdout. */
  readonly json: boolean;
  /** Whether the command itself shows words when they are heard. */
  readonly captions?: boolean;
}

export interface OutputFile {
  readonly kind: SinkKind;
  /** As given, or made from the audio file's; `-` is stdout. */
  readonly path: string;
}

/** What a run writes and whether it is heard. */
export interface OutputPlan {
  readonly files: readonly OutputFile[];
  readonly plays: boolean;
  readonly timestamps: readonly Granularity[];
}

const SIDECARS = { srt: 'srt', vtt: 'vtt', timestamps: 'json' } as const satisfies Record<string, SinkKind>;

/**
 * Plans the outputs; opens nothing.
 *
 * @throws Failure of kind usage for outputs that contradict each other, and for flags that would do nothing.
 */
export function planOutputs(flags: OutputFlags, settings: Settings, host: Host): OutputPlan {
  const { values } = settings;
  const named = flags.outputs.map((path): OutputFile => ({ kind: kindAt(path, values.format), path }));
  const files = [...named, ...sidecars(flags, named)];
  const plays = values.player !== 'none' && (flags.play ?? named.length === 0);
  if (flags.play === true && values.player === 'none') {
    throw new Failure('usage', '--play contradicts --player none', { hint: 'leave out one of them' });
  }
  refuseClash(files, flags, host);
  const plan = { files, plays, timestamps: timesFor(files, flags, values) };
  refuseIdle(plan, flags, settings);
  return plan;
}

/**
 * Opens every sink of the plan, the loudspeaker last: whatever can be known to fail fails here. `onSpeaker` is
 * given the loudspeaker, if there is one.
 *
 * @throws Failure of kind output or usage; what was opened before it is closed again.
 */
export async function openOutlets(
  plan: OutputPlan,
  context: SinkContext,
  values: SettingValues,
  host: Host,
  onSpeaker: (speaker: SpeakerSink) => void = () => {},
): Promise<Outlet[]> {
  const outlets: Outlet[] = [];
  try {
    for (const { kind, path } of plan.files) {
      outlets.push({ name: nameOf({ path }), sink: await openSink(kind, path, context) });
    }
    if (plan.plays) outlets.push(await openLoudspeaker(context, values, host, onSpeaker));
    return outlets;
  } catch (error) {
    await Promise.allSettled(outlets.map(outlet => outlet.sink.abort(error)));
    throw error;
  }
}

async function openLoudspeaker(
  context: SinkContext,
  values: SettingValues,
  host: Host,
  onSpeaker: (speaker: SpeakerSink) => void,
): Promise<Outlet> {
  const { openSpeaker } = await import('../sinks/speaker.ts');
  const { player } = values;
  if (player === 'none') throw new Failure('bug', 'the speaker was opened though nothing plays');
  const sink = await openSpeaker({
    player,
    device: values.audioDevice,
    format: context.request.format,
    leadInMs: values.leadIn,
    tailMs: values.tail,
    env: host.env,
    platform: host.platform,
    clock: host.clock,
    warn: message => host.verbose(message),
    signal: context.signal,
  });
  onSpeaker(sink);
  return { name: sink.player, sink: { write: sink.write, abort: sink.abort, close: () => finish(sink, host) } };
}

async function finish(sink: SpeakerSink, host: Host): Promise<void> {
  await sink.close();
  const { underruns, player } = sink;
  const times = underruns === 1 ? 'once' : `${underruns} times`;
  host.verbose(
    underruns === 0
      ? `played with ${player}`
      : `played with ${player}, which ran dry ${times}: the speech came too slowly`,
  );
}

function sidecars(flags: OutputFlags, named: readonly OutputFile[]): OutputFile[] {
  const audio = named.find(file => sinkKinds[file.kind].content === 'audio' && file.path !== '-');
  const files: OutputFile[] = [];
  for (const [flag, kind] of Object.entries(SIDECARS) as [keyof typeof SIDECARS, SinkKind][]) {
    const path = flags[flag];
    if (path === undefined) continue;
    if (path === true && audio === undefined) {
      throw new Failure('usage', `--${flag} needs a file name: there is no audio file to put it beside`, {
        hint: `give --${flag} FILE, or an audio file with -o`,
      });
    }
    if (path !== true) refuseForeign(flag, kind, path);
    files.push({ kind, path: path === true ? beside(audio?.path ?? '', kind) : path });
  }
  return files;
}

/** What follows the flag is easily the text, or the file that the text is in: that must not be replaced. */
function refuseForeign(flag: string, kind: SinkKind, path: string): void {
  const { extensions } = sinkKinds[kind];
  if (path === '-' || DEVICE.test(path) || extensions.includes(extname(path).toLowerCase())) return;
  const own = extensions.join(' or ');
  throw new Failure('usage', `--${flag} takes a file that ends in ${own}, not ${JSON.stringify(printable(path, 60))}`, {
    hint: `put the text before --${flag}, or name a file that ends in ${own}`,
  });
}

/** Pipes of the shell and the like have the names that they have. */
const DEVICE = /^\/(dev|proc)\//;

/** `hello.wav` → `hello.srt`. */
function beside(audio: string, kind: SinkKind): string {
  return audio.slice(0, audio.length - extname(audio).length) + (sinkKinds[kind].extensions[0] ?? '');
}

function refuseClash(files: readonly OutputFile[], flags: OutputFlags, host: Host): void {
  const onStdout = files.filter(file => isStdout(file.path));
  if (onStdout.length + (flags.json ? 1 : 0) > 1) {
    throw new Failure('usage', 'two outputs want standard output', { hint: 'write one of them to a file' });
  }
  // Asked only where it matters: Node takes a millisecond to open it.
  if (onStdout.some(file => sinkKinds[file.kind].content === 'audio') && host.stdout.isTTY) {
    throw new Failure('usage', 'audio is not written to a terminal', {
      hint: 'pipe it into a program, or write it to a file with -o FILE.wav',
    });
  }
  const seen = new Set<string>();
  for (const { path } of files.filter(file => !onStdout.includes(file))) {
    // The working folder may be gone; a whole path does not need it.
    const place = identityOf(isAbsolute(path) ? path : join(folderOf(host), path));
    const exact = isAbsolute(place) ? resolve(place) : place;
    // There one file has many spellings.
    const isLoose = host.platform === 'win32' || host.platform === 'darwin';
    const whole = isLoose ? exact.normalize('NFC').toLowerCase() : exact;
    if (seen.has(whole)) throw new Failure('usage', `${printable(path)} is named twice as an output`);
    seen.add(whole);
  }
}

function folderOf(host: Host): string {
  try {
    return host.cwd();
  } catch {
    return '';
  }
}

/** Word times whenever something shows them, phoneme times where they were asked for. */
function timesFor(files: readonly OutputFile[], flags: OutputFlags, values: SettingValues): Granularity[] {
  const kinds = new Set(files.map(file => file.kind));
  if (!flags.captions && !files.some(file => sinkKinds[file.kind].content === 'timestamps')) return [];
  return values.phonemes && (kinds.has('json') || kinds.has('textgrid')) ? ['word', 'phoneme'] : ['word'];
}

/** No flag is accepted and ignored: one that would change nothing is an error that says what it needs. */
function refuseIdle(plan: OutputPlan, flags: OutputFlags, { origins }: Settings): void {
  const writes = (content: 'audio' | 'timestamps') => plan.files.some(file => sinkKinds[file.kind].content === content);
  const has = (...kinds: SinkKind[]) => plan.files.some(file => kinds.includes(file.kind));
  const needs: readonly (readonly [SettingName, boolean, string])[] = [
    ['phonemes', has('json', 'textgrid'), '--timestamps or a .TextGrid output'],
    ['normalizedTimestamps', writes('timestamps') || flags.captions === true, '--srt, --vtt or --timestamps'],
    ['cues', has('srt', 'vtt'), '--srt or --vtt'],
    ['format', writes('audio'), 'an audio file'],
    ['leadIn', plan.plays, 'something to be played: add --play'],
    ['tail', plan.plays, 'something to be played: add --play'],
    ['audioDevice', plan.plays, 'something to be played: add --play'],
  ];
  for (const [name, useful, need] of needs) {
    if (origins[name].layer !== 'flag' || useful) continue;
    throw new Failure('usage', `${flagName(name)} would do nothing here`, { hint: `it needs ${need}` });
  }
  if (origins.player.layer === 'flag' && !plan.plays && flags.play === false) {
    throw new Failure('usage', '--player and --no-play contradict each other', { hint: 'leave out one of them' });
  }
  if (plan.files.some(file => file.path !== '-')) return;
  const idle = flags.keepPartial ? '--keep-partial' : flags.clobber ? undefined : '--no-clobber';
  if (idle !== undefined)
    throw new Failure('usage', `${idle} would do nothing here`, { hint: 'it needs a file: -o FILE' });
}

/** Whether an output goes to the terminal itself, where a spinner would write over it. */
export function showsOnTerminal({ files }: OutputPlan, host: Host): boolean {
  return files.some(file => isStdout(file.path)) && host.stdout.isTTY === true;
}

/** What people call an output. */
export function nameOf({ path }: Pick<OutputFile, 'path'>): string {
  return path === '-' ? 'standard output' : printable(path, 200);
}

/** What a dry run and a summary say about the outputs. */
export function describeOutputs(plan: OutputPlan, { values }: Settings): object[] {
  const files = plan.files.map(({ kind, path }) => ({ path, kind }));
  return plan.plays ? [...files, { player: values.player }] : files;
}

/** Text, format and names as a sink wants them. */
export function sinkContext(
  request: SpeechRequest,
  flags: OutputFlags,
  settings: Settings,
  host: Host,
  run: Pick<SinkContext, 'onNoWords' | 'onKept' | 'onLost'> & {
    readonly signal: AbortSignal;
    readonly expectLarge: boolean;
  },
): SinkContext {
  return {
    request,
    provider: settings.values.provider,
    cues: settings.values.cues,
    createdBy: `aloud ${host.version}`,
    clock: host.clock,
    stdout: host.stdout,
    noClobber: !flags.clobber,
    keepPartial: flags.keepPartial,
    ...run,
  };
}
