/** `aloud voices-test`: the same text in many voices; files, figures, and a page to listen and compare. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { type Group, groupTakes, sortGroups } from '../report/figures.ts';
import { type Breach, findBreaches } from '../report/gates.ts';
import { describeRun, type RunFacts, type RunState, writeCsv } from '../report/results.ts';
import { isRecorded, type Take } from '../report/takes.ts';
import { flagName } from '../settings/index.ts';
import { resolveSettings, type Settings } from '../settings/resolve.ts';
import { outputFailure } from '../sinks/output-failure.ts';
import type { SpeechRequest, Synthesizer, Transcript } from '../speech.ts';
import { present } from './options.ts';
import { openOutlets, sinkContext } from './outputs.ts';
import { plural } from './plural.ts';
import { blame, type Reach, reach, tellProvider } from './reach.ts';
import { openReport } from './report-file.ts';
import { openResultFiles } from './result-files.ts';
import { planTest } from './voices-test-cast.ts';
import { addVoicesTestFlags, readVoicesTestOptions, type VoicesTestOptions } from './voices-test-options.ts';
import type { TakePlan, TestPlan } from './voices-test-plan.ts';
import { playTakes } from './voices-test-play.ts';
import { makeTakes, type TakeFiles } from './voices-test-run.ts';
import { progressLine, showGroups, verdict } from './voices-test-show.ts';

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof voicesTest = voicesTest): void {
  const command = addVoicesTestFlags(
    program.command('voices-test').description('the same text in many voices: files, figures, a page to compare'),
  );
  command.action((voices: string[]) => run(readVoicesTestOptions(voices, command), host, signal));
}

/** Tests voices. Everything that can be known to be wrong is found out before anything is sent. */
export async function voicesTest(options: VoicesTestOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  const resolved = await resolveSettings(options.flags, host);
  refuseIdle(options, resolved);
  // The address of a service may depend on the model.
  const [model = resolved.values.model] = options.models;
  const settings: Settings = { ...resolved, values: { ...resolved.values, model } };
  // For a list of voices somebody has to be asked.
  const offline = options.dryRun && !options.all && options.filter === undefined;
  const reached = await reach(settings, host, signal, { offline });
  try {
    const plan = await planTest(options, settings, reached, host, signal);
    if (options.dryRun) return await printPlan(plan, options, settings, host);
    await runTest({ plan, options, settings, reached, host, signal });
  } catch (error) {
    throw blame(error, reached);
  }
}

interface Run {
  readonly plan: TestPlan;
  readonly options: VoicesTestOptions;
  readonly settings: Settings;
  readonly reached: Reach;
  readonly host: Host;
  readonly signal: AbortSignal;
}

async function runTest(run: Run): Promise<void> {
  const { options, settings, host, signal } = run;
  const { outDir } = options;
  await mkdir(outDir, { recursive: true }).catch(error => {
    throw outputFailure(error, printable(outDir, 200));
  });
  const report = options.report === undefined ? undefined : await openReport(options.report, host, signal);
  try {
    const { takes, facts, breachesOf } = await record(run);
    const groups = sortGroups(groupTakes(takes), options.sort);
    await report?.write({ takes, facts, folder: outDir, breachesOf });
    if (options.presentation.json) await host.printJson(describeRun(facts, 'complete', takes, breachesOf));
    else await host.print(showGroups(groups, breachesOf, host));
    const recorded = takes.filter(isRecorded).length;
    host.note(
      `${recorded} of ${plural(takes.length, 'recording')} in ${outDir}${report ? `; page: ${report.name}` : ''}`,
    );
    if (options.play) await playTakes(takes.filter(isRecorded), { folder: outDir, facts, settings, host, signal });
    conclude(
      takes,
      groups.flatMap(group => breachesOf(group).map(breach => ({ ...breach, voice: voiceOf(group) }))),
      run,
    );
  } finally {
    await report?.discard();
  }
}

interface Recorded {
  readonly takes: readonly Take[];
  readonly facts: RunFacts;
  readonly breachesOf: (group: Group) => readonly Breach[];
}

/** Makes the takes and keeps the files of results up to date, whatever ends it. */
async function record({ plan, options, settings, reached, host, signal }: Run): Promise<Recorded> {
  const { values } = settings;
  const tried = new Map<TakePlan, Take>();
  const takes = () => plan.takes.flatMap(each => tried.get(each) ?? []);
  const facts: RunFacts = {
    createdBy: `aloud ${host.version}`,
    startedAt: new Date().toISOString(),
    provider: values.provider,
    format: { encoding: values.encoding, sampleRate: values.sampleRate },
    texts: plan.texts,
    planned: plan.takes.length,
  };
  let state: RunState = 'running';
  let failed = 0;
  const breachesOf = (group: Group) => findBreaches(group.takes, options.gates);
  const render = () => ({
    'results.json': `${JSON.stringify(describeRun(facts, state, takes(), breachesOf), null, 2)}\n`,
    'results.csv': writeCsv(takes()),
  });
  const files = await openResultFiles(options.outDir, render, host.clock);
  tellProvider(settings, host);
  // The built-in engine speaks one text after the other: what waits would be measured.
  const jobs = options.jobs ?? (values.provider === 'local' ? 1 : 2);
  const connection = reached.provider.connect({ ...reached.access, maxContexts: jobs }, signal);
  const progress = host.progress('connecting');
  const open = (each: TakePlan) => openTake(each, { options, settings, host, signal });
  const studio = {
    synthesizer: connection,
    jobs,
    clock: host.clock,
    open,
    onBegin: ({ voice }: TakePlan) => progress.update(progressLine(tried.size, plan.takes.length, failed, voice.name)),
    onTake(each: TakePlan, take: Take) {
      tried.set(each, take);
      if (!isRecorded(take)) failed++;
      files.changed();
    },
  };
  // What goes wrong with it goes wrong in the first take as well, and is told there.
  if (values.provider === 'local') await settle(startEngine(connection, plan, signal));
  const ended = await settle(makeTakes(plan.takes, studio, signal));
  progress.stop();
  await connection.close();
  state = 'error' in ended ? 'stopped' : 'complete';
  const written = await settle(files.finish());
  for (const outcome of [ended, written]) if ('error' in outcome) throw outcome.error;
  return { takes: takes(), facts, breachesOf };
}

/** The built-in engine takes a while to start, which is not the doing of the voice that comes first. */
async function startEngine(connection: Synthesizer, { takes }: TestPlan, signal: AbortSignal): Promise<void> {
  const [first] = takes;
  if (first === undefined) return;
  async function* word(): Transcript {
    yield 'one';
  }
  for await (const _ of connection.synthesize(word(), first.request, signal));
}

async function settle(work: Promise<void>): Promise<object | { readonly error: unknown }> {
  return work.then(
    () => ({}),
    error => ({ error }),
  );
}

/** Opens the files of a take as any command opens its outputs. */
async function openTake(
  plan: TakePlan,
  run: Pick<Run, 'options' | 'settings' | 'host' | 'signal'>,
): Promise<TakeFiles> {
  const { options, settings, host, signal } = run;
  const { request, path } = plan;
  const place = join(options.outDir, path);
  const timed = request.timestamps.length > 0;
  await mkdir(dirname(place), { recursive: true }).catch(error => {
    throw outputFailure(error, printable(dirname(place), 200));
  });
  const outputs = {
    files: [
      { kind: 'wav', path: `${place}.wav` } as const,
      ...(timed ? [{ kind: 'json', path: `${place}.json` } as const] : []),
    ],
    plays: false,
    timestamps: request.timestamps,
  };
  const nothing = { outputs: [], clobber: true, keepPartial: false, json: false };
  const context = sinkContext(request, nothing, settings, host, { signal, expectLarge: false, onNoWords() {} });
  const outlets = await openOutlets(outputs, context, settings.values, host);
  return { outlets, file: `${path}.wav`, timestamps: timed ? `${path}.json` : undefined };
}

/** Ends in what is not well. With --json, where the document has said it, only in the exit code. */
function conclude(takes: readonly Take[], breaches: readonly (Breach & { readonly voice: string })[], run: Run): void {
  const failure = verdict(takes, breaches);
  if (failure === undefined) return;
  if (!run.options.presentation.json) throw failure;
  run.host.exitCode = failure.exitCode;
}

function voiceOf({ takes }: Group): string {
  return takes[0]?.voice.id ?? '';
}

/** No flag is accepted and ignored. */
function refuseIdle({ play }: VoicesTestOptions, { origins, values }: Settings): void {
  if (play && values.player === 'none') {
    throw new Failure('usage', '--play contradicts --player none', { hint: 'leave out one of them' });
  }
  for (const name of ['player', 'audioDevice', 'leadIn', 'tail'] as const) {
    if (play || origins[name].layer !== 'flag') continue;
    throw new Failure('usage', `${flagName(name)} would do nothing here`, { hint: 'it needs --play' });
  }
}

async function printPlan(plan: TestPlan, options: VoicesTestOptions, settings: Settings, host: Host): Promise<void> {
  const { provider, encoding, sampleRate } = settings.values;
  const takes = plan.takes.map(({ voice, request, textIndex, take, path }) => ({
    voice: voice.id,
    name: voice.name,
    ...asked(request),
    text: textIndex,
    take,
    file: join(options.outDir, `${path}.wav`),
  }));
  const common = { provider, encoding, sample_rate: sampleRate, texts: plan.texts, out_dir: options.outDir };
  await host.printJson({ dry_run: true, ...common, report: options.report ?? null, takes }, 2);
}

function asked({ model, language, timestamps }: SpeechRequest) {
  return { model, language: language ?? null, timestamps };
}
