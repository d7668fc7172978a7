/** Text by the columns that it takes on a terminal: how wide it is, cut to fit, wrapped between words. */

/** Columns of a terminal that `text` takes. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The beginning of `text` that `width` columns have room for; an ellipsis says that there is more. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/**
 * Lines of at most `width` columns. What goes on in the next line is indented under its beginning. A word that is
 * longer stays whole, and so does a command line, which somebody may want to copy.
 */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap(line => (displayWidth(line) <= width ? [line] : wrapLine(line, width)))
    .join('\n');
}

function wrapLine(line: string, width: number): string[] {
  const [head = ''] = /^(aloud: |warning: | *(→ )?)/.exec(line) ?? [];
  const hang = ' '.repeat(head.trim() === '' ? head.length + 2 : head.length);
  const lines: string[] = [];
  let current = head;
  let isBare = true;
  for (const word of wordsOf(line.slice(head.length))) {
    if (!isBare && displayWidth(current) + 1 + displayWidth(word) > width) {
      lines.push(current);
      current = hang;
      isBare = true;
    }
    current += isBare ? word : ` ${word}`;
    isBare = false;
  }
  return [...lines, current];
}

/** Words; a command line is one. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  let from = 0;
  for (const found of text.matchAll(/(?<=^|: |, )(?:aloud (?=[a-z-])|echo |mkdir |npm ).*?(?=, or\b|, aloud|;|$)/g)) {
    const before = text.slice(from, found.index).trim();
    if (before !== '') words.push(...before.split(' '));
    from = found.index + found[0].length;
    // What ends it, such as a comma, stays at its end.
    const end = /^[,;]/.exec(text.slice(from))?.[0] ?? '';
    from += end.length;
    words.push(found[0] + end);
  }
  const rest = text.slice(from);
  return from > 0 && rest === '' ? words : [...words, ...rest.trimStart().split(' ')];
}

/** Made when a text is not plain: whoever starts the program does not wait for it. */
const wide = () =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const narrowest = () => /[\p{Mn}\p{Me}\p{Cf}]/u;

function widthOf(character: string): number {
  if (narrowest().test(character)) return 0;
  return wide().test(character) ? 2 : 1;
}
