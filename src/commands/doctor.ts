/** `aloud doctor`: tries what speaking needs on this machine and says what to do; claims nothing it did not try. */
import type { Command } from 'commander';
import { EXIT_CODES, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { userFilePath } from '../settings/files.ts';
import type { FlagValues } from '../settings/layer.ts';
import { describeOrigin } from '../settings/layer.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveSettings } from '../settings/resolve.ts';
import { type Check, failing } from './doctor-check.ts';
import { checkCache, checkEngine, checkSound, checkTemp, playSilence, sayOneWord } from './doctor-machine.ts';
import { checkCertificates, checkServices, greetService } from './doctor-service.ts';
import { heed } from './reach.ts';
import { addSettings, readFlags } from './settings-options.ts';

export interface DoctorOptions {
  readonly json: boolean;
  readonly flags: FlagValues;
}

/** What is tried for real: a service reached, a word spoken, silence played. A test has its own. */
export interface Probes {
  readonly greet: typeof greetService;
  readonly speak: typeof sayOneWord;
  readonly play: typeof playSilence;
}

const PROBES: Probes = { greet: greetService, speak: sayOneWord, play: playSilence };

const EXAMPLES = `Examples:
  $ aloud doctor
  $ aloud doctor --provider local --json
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof doctor = doctor): void {
  const command = program
    .command('doctor')
    .description('try key, network, engine, sound and settings, and say what to do')
    .addHelpText('before', EXAMPLES)
    .option('--json', 'one JSON document on stdout');
  addSettings(command, [
    ...(['provider', 'baseUrl', 'model', 'auth', 'apiKeyFile', 'accessTokenFile', 'connectTimeout'] as const),
    ...(['player', 'audioDevice', 'noColor'] as const),
  ]);
  command.action(() => run({ json: command.opts().json === true, flags: readFlags(command) }, host, signal));
}

/** Prints a line for every check; the exit code is that of the first that failed. */
export async function doctor(
  options: DoctorOptions,
  host: Host,
  signal: AbortSignal,
  probes: Probes = PROBES,
): Promise<void> {
  host.configure({ json: options.json, ...(options.flags.noColor === true ? { color: false } : {}) });
  const progress = host.progress('looking');
  const checks: Check[] = [];
  try {
    for await (const check of examine(options.flags, host, signal, probes)) {
      checks.push(check);
      progress.update(`looked at ${check.name}`);
    }
  } finally {
    progress.stop();
  }
  const failed = checks.find(check => check.status === 'fail');
  if (failed !== undefined) host.exitCode = EXIT_CODES[failed.kind ?? 'config'];
  const shown = checks.map(({ name, status, detail, next = null }) => ({ name, status, detail, next }));
  if (options.json) return host.printJson({ ok: failed === undefined, checks: shown }, 2);
  await host.print(await asText(checks, host));
}

async function* examine(flags: FlagValues, host: Host, signal: AbortSignal, probes: Probes): AsyncGenerator<Check> {
  yield checkNode(host);
  let settings: Settings | undefined;
  try {
    settings = await resolveSettings(flags, host);
    heed(settings, host);
    yield* describeSettings(settings, host);
  } catch (error) {
    yield failing('settings', 'fail', error);
    yield { name: 'credentials', status: 'skip', detail: 'not checked, as the settings cannot be read' };
  }
  if (settings !== undefined) yield* checkServices(settings, host, signal, probes.greet);
  yield await checkCertificates(host);
  yield await checkEngine(settings, signal, probes.speak);
  yield* checkSound(settings, host, signal, probes.play);
  yield await checkTemp(host);
  yield await checkCache(host);
}

// 20.3 is the first with AbortSignal.any.
function checkNode({ nodeVersion }: Host): Check {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 3)) return { name: 'node', status: 'ok', detail: nodeVersion };
  return { name: 'node', status: 'fail', detail: `${nodeVersion} is too old`, next: 'install Node 20.3 or later' };
}

function describeSettings(settings: Settings, host: Host): Check[] {
  const { files, warnings, values, origins } = settings;
  const none = `no file; yours would be ${printable(userFilePath(host) ?? 'nowhere, as there is no home folder')}`;
  const found = files.map(({ scope, path }) => `${printable(path)} (${scope})`).join(', ');
  return [
    { name: 'settings', status: 'ok', detail: found === '' ? none : found },
    ...warnings.map(warning => ({ name: 'settings', status: 'warn', detail: warning }) as const),
    { name: 'provider', status: 'ok', detail: `${values.provider} (${describeOrigin(origins.provider)})` },
  ];
}

/** A line for each check; on a terminal wrapped between words, what to do on a line of its own where there is no room. */
async function asText(checks: readonly Check[], host: Host): Promise<string> {
  const style = await host.style('stdout');
  const colors = { ok: style.green, warn: style.yellow, fail: style.red, skip: style.dim };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const columns = host.stdout.isTTY === true ? host.width('stdout') : Number.POSITIVE_INFINITY;
  const room = columns - (4 + width + 2 * GAP.length);
  const isNarrow = room < LEAST_ROOM;
  const indent = ' '.repeat(isNarrow ? 4 + GAP.length : 4 + width + 2 * GAP.length);
  const lines = checks.flatMap(({ name, status, detail, next }) => {
    const head = `${colors[status](status.padEnd(4))}${GAP}${name.padEnd(width)}`;
    const whole = next === undefined ? detail : `${detail}: ${next}`;
    if (whole.length <= room) return `${head}${GAP}${whole}`;
    const said = wrap(detail, columns - indent.length);
    const step = next === undefined ? [] : wrap(`→ ${next}`, columns - indent.length);
    const [first = '', ...rest] = [...said, ...step];
    const top = isNarrow ? [head.trimEnd(), `${indent}${first}`] : [`${head}${GAP}${first}`];
    return [...top, ...rest.map(line => `${indent}${line}`)];
  });
  return `${lines.join('\n')}\n`;
}

const GAP = '  ';
/** Fewer columns than this beside the names are no room to read in. */
const LEAST_ROOM = 30;

/** Lines of at most `width` columns, broken at blanks; a word that is longer stays whole. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
