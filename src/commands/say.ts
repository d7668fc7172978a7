/** `aloud say`: one utterance, to the speaker or to files. */
import type { Command } from 'commander';
import type { Host } from '../host.ts';
import { NO_PROGRESS } from '../host-terminal.ts';
import type { FlagValues } from '../settings/layer.ts';
import { resolveSettings } from '../settings/resolve.ts';
import { speak } from '../speak.ts';
import type { Connection } from '../speech.ts';
import { inputsOf } from '../text/inputs.ts';
import { speakable } from '../text/transcript.ts';
import { renewing } from '../wire/renew.ts';
import { account, dryRun, follow, type Run, tellKept, tellSilence, tellSummary, tellWordless } from './account.ts';
import { addPresentationFlags, addSpeechFlags, type PresentationFlags, present } from './options.ts';
import { addOutputFlags, type OutputFlagValues, readOutputFlags } from './output-options.ts';
import { type OutputFlags, openOutlets, planOutputs, showsOnTerminal, sinkContext } from './outputs.ts';
import { blame, makeRequest, type Reach, reach, tellProvider } from './reach.ts';
import { readFlags } from './settings-options.ts';
import { checkTextChoice, openText, type TextChoice } from './text-source.ts';

export interface SayOptions {
  readonly text: TextChoice;
  readonly outputs: OutputFlags;
  readonly dryRun: boolean;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud say "Hello, world" -o hello.wav
  $ aloud say "Hello, world" -o hello.wav --srt --timestamps --phonemes
  $ echo "Good morning" | aloud say
  $ aloud say -f book.txt -o book.wav --vtt -l en
  $ aloud say "Raw samples" -o - --format raw | aplay -f S16_LE -r 24000
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof say = say): void {
  const command = program
    .command('say')
    .description('speak a text, to the speaker or to files')
    .argument('[text...]', 'the text; else -f, else standard input')
    .addHelpText('before', EXAMPLES)
    .optionsGroup('Text and files:')
    .option('-f, --file <file>', 'read the text from a file, - for standard input');
  addOutputFlags(command).option('-n, --dry-run', 'print what would be sent and written; send nothing');
  addPresentationFlags(addSpeechFlags(command));
  command.action((words: string[], flags: SayFlags) => run(optionsOf(words, flags, command), host, signal));
}

interface SayFlags extends PresentationFlags, OutputFlagValues {
  readonly file?: string;
  readonly json?: true;
  readonly dryRun?: true;
}

function optionsOf(words: readonly string[], flags: SayFlags, command: Command): SayOptions {
  const { file } = flags;
  return {
    text: { words, ...(file === undefined ? {} : { file }) },
    outputs: readOutputFlags(flags),
    dryRun: flags.dryRun ?? false,
    presentation: flags,
    flags: readFlags(command),
  };
}

/** More text than this may become more than 4 GiB of sound; WAV headers have to know early. */
const LARGE_TEXT = 10_000_000;

/** Speaks a text. Everything that can be known to be wrong is found out before anything is sent. */
export async function say(options: SayOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  checkTextChoice(options.text, host);
  const settings = await resolveSettings(options.flags, host);
  const plan = planOutputs(options.outputs, settings, host);
  const reached = await reach(settings, host, signal);
  // Whole sentences are sent, so the service need not wait for more.
  const wishes = { timestamps: plan.timestamps, maxBufferDelayMs: 0, offline: options.dryRun };
  const request = await makeRequest(reached, settings, wishes, host, signal);
  const run = { request, plan, settings };
  if (options.dryRun) {
    const { text } = await openText(options.text, host, signal);
    return dryRun(speakable(inputsOf(text, request.language)), run, host);
  }
  // The text may still be on its way, and nothing is said before the rest is known to be well.
  const connection = reached.provider.connect(reached.access, signal);
  try {
    await sayThrough(connection, reached, run, options, host, signal);
  } finally {
    await connection.close();
  }
}

async function sayThrough(
  connection: Connection,
  reached: Reach,
  run: Run,
  options: SayOptions,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const { request, plan, settings } = run;
  const source = await openText(options.text, host, signal);
  const transcript = speakable(inputsOf(source.text, request.language));
  const expectLarge = (source.length ?? 0) > LARGE_TEXT;
  const wordless: string[] = [];
  const kept: string[] = [];
  const notes = {
    onNoWords: (name: string) => wordless.push(name),
    onKept: (name: string) => kept.push(name),
  };
  const context = sinkContext(request, options.outputs, settings, host, { signal, expectLarge, ...notes });
  const outlets = await openOutlets(plan, context, settings.values, host);
  tellProvider(settings, host);
  const progress = showsOnTerminal(plan, host) ? NO_PROGRESS : host.progress('speaking');
  try {
    const summary = await speak({
      // Text may come from a pipe whose writer pauses.
      synthesizer: renewing(connection, { clock: host.clock }),
      transcript,
      request,
      outlets,
      clock: host.clock,
      signal,
      onEvent: follow(request, host.clock, text => progress.update(text)),
    });
    progress.stop();
    tellSilence(summary, run, host);
    tellWordless(wordless, run, host);
    if (options.presentation.json) await host.printJson(account(summary, run));
    else tellSummary(summary, run, host);
  } catch (error) {
    progress.stop();
    tellKept(kept, host);
    throw blame(error, reached);
  } finally {
    progress.stop();
  }
}
