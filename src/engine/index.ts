/** What a local engine is, and which there are. */
import { Failure, printable } from '../errors.ts';
import type { Synthesizer, Voice } from '../speech.ts';
import { openEspeak } from './espeak.ts';

/** A synthesizer that needs no network. Many `synthesize()` calls may run at once and take turns. */
export interface Engine extends Synthesizer {
  readonly name: string;
  /** Changes when the same request may give other audio: part of the key of a cache. */
  readonly version: string;
  voices(): Promise<readonly Voice[]>;
  /** Ends calls that are still open with a Failure, and frees everything. */
  close(): Promise<void>;
}

/** For tests: what an engine takes from its surroundings. */
export interface EngineOptions {
  /** Finds the file of a package or in a package; throws if it is not installed. */
  readonly locate?: (specifier: string) => string;
  /** The script of the engine's thread. */
  readonly thread?: URL;
}

/** The engines by name; the first is the default. */
export const ENGINES: Readonly<Record<string, (options?: EngineOptions) => Promise<Engine>>> = { espeak: openEspeak };

/** Opens an engine, the default one without a name. @throws Failure `config` if there is none of that name or it is not installed */
export async function openEngine(name = 'espeak', options: EngineOptions = {}): Promise<Engine> {
  const open = Object.hasOwn(ENGINES, name) ? ENGINES[name] : undefined;
  if (open === undefined) {
    throw new Failure('config', `there is no engine ${printable(name, 60)}`, {
      hint: `known: ${Object.keys(ENGINES).join(', ')}`,
    });
  }
  return open(options);
}
