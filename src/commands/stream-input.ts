/** Where the text of `aloud stream` comes from: what is piped in, or what a person types. */
import type { Host } from '../host.ts';
import { openStreamTarget, type Target } from '../sinks/target.ts';
import type { Piece } from '../speech.ts';
import { spokenMarkdown } from '../text/markdown.ts';
import { type PieceOptions, piecesOf } from '../text/pieces.ts';
import { createTee, type Tee } from './tee.ts';
import { decodeInput, demandContent, readInput } from './text-source.ts';

export interface Input {
  readonly pieces: AsyncIterable<Piece>;
  /** When the first text came, on the host's clock. */
  readonly startedAt: () => number | undefined;
  /** Resolves when all of it has been passed on, where that was asked for; whether it ended with its line. */
  finish(): Promise<boolean>;
  /** Gives up what has not been passed on. */
  abandon(): Promise<void>;
}

export interface InputOptions extends PieceOptions {
  readonly tee: boolean;
  readonly markdown: boolean;
}

/** Standard input from now on; `fail` is told when it cannot be passed on. */
export async function openPiped(
  options: InputOptions,
  host: Host,
  signal: AbortSignal,
  fail: (reason: unknown) => void,
): Promise<Input> {
  const read = readInput(host, signal);
  const tee = options.tee ? createTee(read, await openStreamTarget(host.stdout), fail) : undefined;
  const text = decodeInput(tee?.bytes ?? read, host, signal);
  return timed(demandContent(options.markdown ? spokenMarkdown(text) : text), options, tee);
}

/** Lines from a prompt, each spoken for itself. */
export async function openTyped(
  lines: AsyncIterable<string>,
  options: InputOptions,
  host: Host,
  fail: (reason: unknown) => void,
): Promise<Input> {
  const target = options.tee ? await openStreamTarget(host.stdout) : undefined;
  const passed = target === undefined ? lines : passOn(lines, target, fail);
  const text = options.markdown ? spokenMarkdown(asParagraphs(passed)) : passed;
  const tee = target && { finish: () => target.commit(), abandon: () => target.discard(), endsLine: true };
  return timed(text, options, tee);
}

function timed(
  text: AsyncIterable<string>,
  options: InputOptions,
  tee: Pick<Tee, 'finish' | 'abandon' | 'endsLine'> | undefined,
): Input {
  let startedAt: number | undefined;
  async function* noted(): AsyncGenerator<Piece> {
    for await (const piece of piecesOf(text, options)) {
      startedAt ??= options.clock.now();
      yield piece;
    }
  }
  return {
    pieces: noted(),
    startedAt: () => startedAt,
    async finish() {
      await tee?.finish();
      return tee?.endsLine ?? true;
    },
    async abandon() {
      await tee?.abandon();
    },
  };
}

async function* passOn(
  lines: AsyncIterable<string>,
  target: Target,
  fail: (reason: unknown) => void,
): AsyncGenerator<string> {
  for await (const line of lines) {
    target.write(Buffer.from(line)).catch(fail);
    yield line;
  }
}

// A line that has been entered is complete: nothing that is typed later goes on with it.
async function* asParagraphs(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}
