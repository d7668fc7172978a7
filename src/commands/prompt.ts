/** A terminal on which a person types lines while earlier ones are being spoken. */
import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline';
import type { Host } from '../host.ts';

export interface PromptOptions {
  /** Whether what is spoken is played, and not only written. */
  readonly isHeard: boolean;
  /** Stops what is being spoken; whether there was anything to stop. */
  readonly stop: () => boolean;
  /** A person who wants to leave at once. */
  readonly leave: () => void;
  /** Whether a new line stops what is being spoken. */
  readonly bargeIn: boolean;
  /** Another line has come between: what is shown from now on begins a line. */
  readonly broken: () => void;
}

export interface Prompt {
  /** The lines that are typed, each with its end; they end with Ctrl-D. */
  readonly lines: AsyncIterable<string>;
  /** Shows text above the prompt, and more of its last line with the next call. */
  show(text: string): void;
  /** Gives the terminal back. */
  close(): void;
}

const PROMPT = '> ';
const LEAVING = 'Ctrl-C again or Ctrl-D leaves';

/** Takes over the terminal. A first Ctrl-C stops the speech, a second one leaves; so does Ctrl-D, when all has been said. */
export function openPrompt(host: Host, { isHeard, stop, leave, bargeIn, broken }: PromptOptions): Prompt {
  const { stdin, stderr } = host;
  const isTerminal = stderr.isTTY === true;
  const editor = createInterface({
    input: stdin,
    output: stderr,
    terminal: isTerminal,
    prompt: isTerminal ? PROMPT : '',
    // An escape key on its own means nothing here: do not wait to see whether it is one.
    escapeCodeTimeout: 50,
  });
  let queue: string[] = [];
  let isOpen = true;
  let wake: (() => void) | undefined;
  /** The line above the prompt, as far as it has been shown. */
  let above = '';
  /** Whether the last thing that was done was Ctrl-C. */
  let isLeaving = false;

  function show(text: string): void {
    if (!isOpen || !isTerminal) {
      stderr.write(text);
      return;
    }
    const { rows } = editor.getCursorPos();
    moveCursor(stderr, 0, above === '' ? -rows : -rows - 1);
    cursorTo(stderr, 0);
    clearScreenDown(stderr);
    const shown = above + text;
    above = shown.slice(shown.lastIndexOf('\n') + 1);
    // The editor goes up again by as many rows as its own text had.
    stderr.write(shown + (above === '' ? '' : '\n') + '\n'.repeat(rows));
    editor.prompt(true);
  }

  function tell(text: string): void {
    show(above === '' ? `${text}\n` : `\n${text}\n`);
  }

  function interrupt(): void {
    const hadText = editor.line !== '';
    const waited = queue.length;
    queue = [];
    const hadSpeech = stop();
    if (isLeaving && !hadText && !hadSpeech && waited === 0) {
      close();
      leave();
      return;
    }
    isLeaving = true;
    editor.write(null, { ctrl: true, name: 'e' });
    editor.write(null, { ctrl: true, name: 'u' });
    const unspoken =
      waited === 0 ? '' : waited === 1 ? ', and a line that waited' : `, and ${waited} lines that waited`;
    tell(hadSpeech || waited > 0 ? `(stopped${unspoken}; ${LEAVING})` : `(${LEAVING})`);
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    editor.close();
    if (isTerminal) stderr.write('\n');
    broken();
    wake?.();
  }

  editor.on('line', line => {
    isLeaving = false;
    // What was typed stands between the prompt and what was shown above it.
    above = '';
    broken();
    if (line.trim() !== '') {
      if (bargeIn) {
        queue = [];
        stop();
      }
      queue.push(`${line}\n`);
      wake?.();
    }
    if (isOpen) editor.prompt();
  });
  editor.on('SIGINT', interrupt);
  editor.on('close', close);
  // After Ctrl-Z and fg the editor does not listen until it is asked to.
  editor.on('SIGCONT', () => editor.prompt(true));

  async function* lines(): AsyncGenerator<string> {
    for (;;) {
      const line = queue.shift();
      if (line !== undefined) yield line;
      else if (!isOpen) return;
      else {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    }
  }

  const aim = isHeard ? 'hear it' : 'have it spoken';
  host.note(`type a line and press Enter to ${aim}; Ctrl-C stops it, Ctrl-D leaves`);
  editor.prompt();
  return { lines: lines(), show, close };
}
