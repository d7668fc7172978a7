/** Where a command is told to take its text from, and what can be known to be no text without reading any. */
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import { checkText, hasContent } from '../text/transcript.ts';

/** Where a command is told to take its text from. */
export interface TextChoice {
  readonly words: readonly string[];
  /** `-` is standard input. */
  readonly file?: string;
}

/**
 * Refuses what can be known to be no text without reading anything.
 *
 * @throws Failure of kind usage when there is none on a terminal, there are two, or nothing in it can be spoken.
 */
export function checkTextChoice({ words, file }: TextChoice, host: Host): void {
  if (words.length > 0) {
    if (file !== undefined)
      throw new Failure('usage', 'text is given both as words and with --file', { hint: 'give one of them' });
    const text = words.join(' ');
    checkText(text);
    if (!hasContent(text)) throw emptyText('the text', text);
  } else if (file === undefined && host.stdin.isTTY) {
    throw new Failure('usage', 'there is no text to speak', {
      hint: 'usage: aloud say <text…>, aloud say -f FILE, or pipe the text in',
    });
  }
}

/** Says that there is nothing to speak in `text`. */
export function emptyText(name: string, text: string, example = 'aloud say "Hello, world"'): Failure {
  const only = /\S/.test(text) ? ': only punctuation' : '';
  return new Failure('usage', `there is nothing to speak in ${name}${only}`, { hint: `try: ${example}` });
}
