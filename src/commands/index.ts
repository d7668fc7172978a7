/** The registry of commands: a name, a line for help, and where the rest is loaded from when it is needed. */
import type { Command } from 'commander';
import type { Host } from '../host.ts';

/** What a command's module has to export: a function that declares its flags and binds its work to them. */
export interface CommandModule {
  register(program: Command, host: Host, signal: AbortSignal): void;
}

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
}

/** The commands in the order in which help lists them. */
export const COMMANDS = {
  say: { summary: 'speak a text, to the speaker or to files', load: () => import('./say.ts') },
  stream: { summary: 'speak text while it is still being written', load: () => import('./stream.ts') },
  voices: { summary: 'list the voices there are', load: () => import('./voices.ts') },
  'voices-test': {
    summary: 'compare voices: files, figures, a page',
    load: () => import('./voices-test.ts'),
  },
  fixtures: { summary: 'make audio for tests from a manifest; check it', load: () => import('./fixtures.ts') },
  serve: {
    summary: 'serve the protocols of Cartesia and SLNG locally',
    load: () => import('./serve.ts'),
  },
  token: { summary: 'make a short-lived access token for a client', load: () => import('./token.ts') },
  doctor: { summary: 'check key, engine, sound and settings, and say what to do', load: () => import('./doctor.ts') },
  config: { summary: 'show every setting and where it came from', load: () => import('./config.ts') },
  completion: { summary: 'print the completion script for a shell', load: () => import('./completion.ts') },
} as const satisfies Record<string, Entry>;
