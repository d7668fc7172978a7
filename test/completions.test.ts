/** Completions in the shells themselves: what is offered, what is inserted, what is never run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { completionScripts } from '../completions/generate.ts';
import { everyCommand, readTree } from '../scripts/command-tree.ts';
import { voiceCacheFile } from '../src/commands/voice-list.ts';
import { BIN, requireBuild } from './support/cli.ts';
import { without } from './support/programs.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const SCRIPTS = join(ROOT, 'completions');
const SUPPORT = join(ROOT, 'test/support');
const HOSTILE = '$(touch pwned) "x" `touch pwned`; touch pwned';
const VOICES = [
  { id: '00000000-0000-4000-8000-000000000001', name: 'Katie', language: 'en', gender: 'female' },
  { id: '00000000-0000-4000-8000-000000000002', name: 'Barbershop Man', language: 'en' },
  { id: '00000000-0000-4000-8000-000000000003', name: HOSTILE, language: 'de' },
  { id: '00000000-0000-4000-8000-000000000004', name: 'Twin', language: 'de' },
  { id: '00000000-0000-4000-8000-000000000005', name: 'Twin', language: 'de' },
];

let folder = '';
let env: Record<string, string> = {};
before(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'aloud-completions-'));
  await mkdir(join(folder, 'bin'));
  await symlink(BIN, join(folder, 'bin/aloud'));
  env = {
    PATH: `${join(folder, 'bin')}${delimiter}${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    HOME: folder,
    TERM: 'xterm',
    LANG: 'C.UTF-8',
  };
  const cache = voiceCacheFile('cartesia', undefined, { env, home: folder, platform: 'linux' });
  await mkdir(dirname(cache ?? ''), { recursive: true });
  // Long out of date: nobody is asked for newer ones.
  await writeFile(cache ?? '', JSON.stringify({ version: 1, asked_at: 0, voices: VOICES }));
  await mkdir(join(folder, '.config/aloud'), { recursive: true });
  await writeFile(join(folder, '.config/aloud/config.yaml'), 'profiles: { narrator: {}, news: {} }\n', { mode: 0o600 });
  await writeFile(join(folder, 'a book.txt'), '');
  await mkdir(join(folder, 'sounds'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function program(file: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await run(file, args, { cwd: folder, env, timeout: 60_000 });
  assert.ok(!(await readFile(join(folder, 'pwned')).catch(() => undefined)), 'something in a name was run');
  return stdout.split('\n').filter(line => line !== '');
}

/** What each shell offers after a line; the part of bash that readline does is not there. */
const SHELLS: Readonly<Record<string, (line: string) => Promise<string[]>>> = {
  bash: line => program('bash', '--norc', '-c', BASH, 'bash', join(SCRIPTS, 'aloud.bash'), ...line.split(' ')),
  zsh: line => program('zsh', '-f', join(SUPPORT, 'complete.zsh'), SCRIPTS, line),
  fish: async line => {
    const offered = await program(
      'fish',
      '-N',
      '-c',
      'source $argv[1]; complete -C $argv[2]',
      join(SCRIPTS, 'aloud.fish'),
      line,
    );
    return offered.map(each => each.split('\t')[0] ?? '');
  },
  pwsh: line => program('pwsh', '-NoProfile', '-Command', `. '${join(SCRIPTS, 'aloud.ps1')}'; ${PWSH(line)}`),
};
const BASH =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
  'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _aloud; ((${#COMPREPLY[@]})) && printf "%s\\n" "${COMPREPLY[@]}" || true';
const PWSH = (line: string) =>
  `[Management.Automation.CommandCompletion]::CompleteInput('${line.replaceAll("'", "''")}', ${line.length}, $null).CompletionMatches | ForEach-Object ListItemText`;

const SHELL_NAMES = Object.keys(SHELLS);
const missing = (shell: string) =>
  // Debian has no PowerShell; where there is one, as on GitHub's machines, it is tested.
  shell === 'pwsh' ? pwshMissing : without(shell, ...(shell === 'zsh' ? ['sort', 'mktemp'] : []));
const pwshMissing = await run('pwsh', ['-NoProfile', '-Command', '1']).then(
  () => false as const,
  () => 'pwsh not installed',
);

for (const shell of SHELL_NAMES) {
  describe(`completions in ${shell}`, { skip: missing(shell), concurrency: 2 }, () => {
    const offers = SHELLS[shell] ?? (async () => []);
    const same = async (line: string, expected: readonly string[]) =>
      assert.deepEqual((await offers(line)).map(unquoted).sort(), [...expected].sort(), line);

    it('commands, and those below them', async () => {
      const commands = (await offers('aloud ')).map(unquoted);
      for (const name of ['say', 'voices', 'config', 'completion', 'help']) assert.ok(commands.includes(name), name);
      await same('aloud completion ', ['bash', 'zsh', 'fish', 'pwsh']);
      assert.ok((await offers('aloud help vo')).map(unquoted).includes('voices'));
      assert.ok((await offers('aloud config ')).map(unquoted).includes('path'));
    });

    it('the flags of the command and of no other', async () => {
      const flags = (await offers('aloud say --p')).map(unquoted).map(flag => flag.replace(/=$/, ''));
      for (const name of ['--provider', '--player', '--phonemes', '--play', '--profile'])
        assert.ok(flags.includes(name));
      assert.ok(!(await offers('aloud doctor --ph')).map(unquoted).includes('--phonemes'));
    });

    it('the values of a flag that is one of a few', async () => {
      await same('aloud say --provider ', ['local', 'cartesia', 'slng']);
      await same('aloud say --encoding pcm_m', ['pcm_mulaw']);
      await same('aloud say -o x.wav --sample-rate 4', ['44100', '48000']);
      await same('aloud say hello --cues ', ['word', 'phrase', 'sentence']);
    });

    it('voices, languages, models and profiles, from what is known here', async () => {
      await same('aloud say --voice en-g', [
        'en-gb',
        'en-gb-scotland',
        'en-gb-x-gbclan',
        'en-gb-x-gbcwmd',
        'en-gb-x-rp',
      ]);
      await same('aloud voices show en-gb-s', ['en-gb-scotland']);
      await same('aloud say --profile n', ['narrator', 'news']);
      await same('aloud say --provider cartesia --voice K', ['Katie']);
      await same(
        'aloud say --provider cartesia --voice 0',
        VOICES.slice(3).map(({ id }) => id),
      );
      await same('aloud say --provider cartesia --language d', ['de']);
      assert.ok((await offers('aloud say --provider cartesia --model sonic-3')).map(unquoted).includes('sonic-3'));
    });

    it('settings, and what they may be', async () => {
      await same('aloud config set audio', ['audio_device']);
      await same('aloud config set world_part ', ['ap', 'eu', 'na']);
    });

    it('nothing after --', async () => same('aloud say -- --pro', []));
  });
}

function unquoted(word: string): string {
  return word
    .replace(/^'(.*)'$/, '$1')
    .replaceAll('\\', '')
    .trimEnd();
}

/** Types into the shell itself; what the words are in the end is printed by a function in the program's place. */
const TYPED: Readonly<Record<string, { readonly setup: string; readonly command: readonly string[] }>> = {
  bash: {
    setup: `source '${SCRIPTS}/aloud.bash'; aloud() { printf '<<'; printf '[%s]' "$@"; printf '>>'; }`,
    command: ['bash', '--norc', '--noprofile', '-i'],
  },
  zsh: {
    setup: `fpath=('${SCRIPTS}' $fpath); autoload -Uz compinit; compinit -u -D; aloud() { printf '<<'; printf '[%s]' "$@"; printf '>>'; }`,
    command: ['zsh', '-f', '-i'],
  },
  fish: {
    setup: `source '${SCRIPTS}/aloud.fish'; function aloud; printf '<<'; printf '[%s]' $argv; printf '>>'; end`,
    command: ['fish', '-N', '-i'],
  },
};

for (const [shell, { setup, command }] of Object.entries(TYPED)) {
  describe(`a tab in ${shell}`, { skip: without(shell, 'python3'), concurrency: 2 }, () => {
    for (const [line, words] of [
      ['aloud sa\t--enc\tpcm_f\t', ['say', '--encoding', 'pcm_f32le']],
      ['aloud say --provider cartesia -v Bar\t', ['say', '--provider', 'cartesia', '-v', 'Barbershop Man']],
      ['aloud say --provider cartesia -v \\$\\(t\t', ['say', '--provider', 'cartesia', '-v', HOSTILE]],
      ['aloud say --voice=en-gb-s\t', ['say', '--voice=en-gb-scotland']],
      ['aloud say -f a\t', ['say', '-f', 'a book.txt']],
      ['aloud -- sa\t', ['--', 'sa']],
    ] as const) {
      it(line.replaceAll('\t', '⇥'), async () => {
        const script = join(SUPPORT, 'keys.py');
        const said = await program('python3', script, setup, line, ...command);
        assert.equal(
          said.join('\n').replaceAll('--encoding=', '--encoding]['),
          words.map(word => `[${word}]`).join(''),
        );
      });
    }
  });
}

describe('completion scripts', () => {
  it('know every command and every flag', async () => {
    const tree = await readTree();
    const scripts = Object.entries(completionScripts(tree));
    assert.equal(scripts.length, 4);
    for (const [name, script] of scripts) {
      for (const { path, flags } of everyCommand(tree)) {
        for (const word of path) assert.ok(script.includes(word), `${name}: ${word}`);
        for (const { long } of flags) assert.ok(script.includes(long.replace(/^--/, '')), `${name}: ${long}`);
      }
    }
  });

  it('ask nobody, and load little: no socket, no provider, no engine', { skip: without('strace') }, async () => {
    for (const kind of ['voice', 'profile', 'language']) {
      const asked = ['completion', '--values', kind, '--', 'aloud', '--provider', 'cartesia'];
      const traced = ['-f', '-qq', '-e', 'trace=connect,openat', process.execPath, BIN, ...asked];
      const { stdout, stderr } = await run('strace', traced, {
        env: { ...env, CARTESIA_API_KEY: 'not-a-key' },
        cwd: folder,
        maxBuffer: 64 * 1024 * 1024,
      });
      assert.notEqual(stdout, '', kind);
      assert.doesNotMatch(stderr, /connect\(/, kind);
      const loaded = new Set([...stderr.matchAll(/"([^"]*\/dist\/[^"]+\.js)"/g)].map(([, file = '']) => file));
      assert.ok(loaded.size > 0, 'the trace shows what is loaded');
      let code = '';
      for (const file of loaded) code += await readFile(file, 'utf8');
      assert.doesNotMatch(code, /Sec-WebSocket-Key|espeak-worker/, kind);
    }
  });
});
