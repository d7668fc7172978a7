/** Reads Markdown while it is being written and gives what a person would read aloud. */
import type { Parser } from 'streaming-markdown';
import { createProse, type Prose } from './prose.ts';

type Package = typeof import('streaming-markdown');

/**
 * The prose of Markdown: headings, paragraphs, list items and rows of tables with a stop at their end, the text of
 * links and images, code within a sentence; no code blocks, no bare addresses, no mark-up. It is the same however the
 * text was cut into pieces, and comes as soon as what follows can no longer change it.
 */
export async function* spokenMarkdown(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  const reader = createMarkdownReader(await import('streaming-markdown'));
  for await (const piece of pieces) {
    const text = reader.push(piece);
    if (text !== '') yield text;
  }
  const rest = reader.end();
  if (rest !== '') yield rest;
}

export interface MarkdownReader {
  /** Takes more Markdown; gives what is to be said of it by now. */
  push(text: string): string;
  /** Gives the rest. */
  end(): string;
}

/** The parser keeps room for this many elements in one another, and goes astray beyond. */
const DEEPEST = 18;
/** The parser keeps what it cannot tell yet: an address, a line of a fence. Longer than this it is none. */
const LONGEST_PENDING = 2048;
/** Marks that the parser takes for mark-up though they are not, depending on what follows. */
const DOUBTFUL = '_*$';

export function createMarkdownReader(smd: Package): MarkdownReader {
  const prose = createProse();
  let renderer = createRenderer(smd, prose);
  let parser = smd.parser(renderer);
  let held = '';
  let previous = '';

  function feed(char: string): void {
    if (held !== '') {
      const mark = held;
      held = '';
      write(isLiteral(mark, previous, char) ? `\\${mark}` : mark);
      previous = mark;
    }
    if (DOUBTFUL.includes(char) && isProse(smd, parser)) held = char;
    else put(char);
  }

  function put(char: string): void {
    const destination = destinationOf(smd, parser);
    if (destination !== undefined && isBroken(destination, char)) {
      // It was no link: what stands in brackets is text.
      write(')');
      for (const text of `(${destination}${char}`) feed(text);
      return;
    }
    write(char);
    previous = char;
    if (parser.len > DEEPEST || parser.pending.length > LONGEST_PENDING) restart();
  }

  function write(text: string): void {
    smd.parser_write(parser, text);
  }

  /** The parser keeps the last character to itself. One that can only be itself is said, lest a sentence waits for its stop. */
  function release(): void {
    if (!holdsText(smd, parser.token) || !NEUTRAL.test(parser.pending)) return;
    renderer.add_text(undefined, parser.pending);
    parser.pending = SAID;
  }

  /** Ends everything that is open. What the parser could not tell is text. */
  function restart(): void {
    const { pending } = parser;
    prose.end('');
    prose.text(pending.replaceAll(SAID, ''));
    renderer = createRenderer(smd, prose);
    parser = smd.parser(renderer);
  }

  return {
    push(text) {
      for (const char of text) feed(char);
      release();
      return prose.take();
    },
    end() {
      if (held !== '') write(previous === '\\' ? held : `\\${held}`);
      held = '';
      const destination = destinationOf(smd, parser);
      if (destination !== undefined) {
        write(')');
        for (const char of `(${destination}`) write(char);
      }
      smd.parser_end(parser);
      prose.end('');
      return prose.take().replace(/\n$/, '');
    },
  };
}

/** Characters that begin nothing, end nothing and are no part of a mark. */
const NEUTRAL = /^[\p{L}\p{N}.,;:?…'"]$/u;
/** Stands with the parser for a character that has been said: as neutral, and invisible where the text has it itself. */
const SAID = '\u2060';

/** Whether a mark between these characters is meant as it stands: a price, the name of a variable, a product. */
function isLiteral(mark: string, previous: string, next: string): boolean {
  if (previous === '\\') return false;
  if (mark === '$') return previous !== '$' && next !== '$';
  return mark === '_'
    ? /[\p{L}\p{N}]/u.test(previous) && /[\p{L}\p{N}]/u.test(next)
    : /\d/.test(previous) && /\d/.test(next);
}

/** Whether the parser is in text that people read, and not in code, an address or a formula. */
function isProse(smd: Package, parser: Parser): boolean {
  switch (parser.token) {
    case smd.CODE_BLOCK:
    case smd.CODE_FENCE:
    case smd.CODE_INLINE:
    case smd.EQUATION_BLOCK:
    case smd.EQUATION_INLINE:
    case smd.RAW_URL:
    case smd.MAYBE_URL:
    case smd.MAYBE_EQ_BLOCK:
      return false;
    default:
      return destinationOf(smd, parser) === undefined && !/^```|`$/.test(parser.pending);
  }
}

/** Where the link leads, as far as it has been read; undefined outside of a destination. */
function destinationOf(smd: Package, parser: Parser): string | undefined {
  const isLink = parser.token === smd.LINK || parser.token === smd.IMAGE;
  return isLink && parser.pending.startsWith('](') ? parser.pending.slice(2) : undefined;
}

const DESTINATION = /^\s*(?:<[^<>]*>|\S*)(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*))?\s*$/;

function isBroken(destination: string, char: string): boolean {
  return char === '\n' || destination.length > LONGEST_PENDING - 8 || (char === ')' && !DESTINATION.test(destination));
}

/** Turns the elements that the parser finds into prose. */
function createRenderer(smd: Package, prose: Prose) {
  const open: number[] = [];
  /** The number of the next item of each list that is open; 0 for those without. */
  const numbers: number[] = [];
  let silent = 0;
  let cells = 0;
  /** Inside a link whose text has not begun. */
  let isLinkStart = false;
  /** How deep the number of a footnote is, while inside one: nobody reads it aloud. */
  let footnote = 0;

  function begin(token: number): void {
    open.push(token);
    if (isSilent(smd, token)) {
      prose.end('.');
      silent++;
    }
    switch (token) {
      case smd.LIST_ORDERED:
      case smd.LIST_UNORDERED:
        prose.end('.');
        numbers.push(token === smd.LIST_ORDERED ? 1 : 0);
        break;
      case smd.LIST_ITEM: {
        const number = numbers.at(-1) ?? 0;
        if (number === 0) break;
        prose.verbatim(`${number}. `);
        numbers[numbers.length - 1] = number + 1;
        break;
      }
      case smd.TABLE_ROW:
        cells = 0;
        break;
      case smd.TABLE_CELL:
        if (cells++ > 0) prose.end(',');
        break;
      case smd.LINE_BREAK:
        prose.newLine();
        break;
      case smd.LINK:
        isLinkStart = true;
        break;
    }
  }

  function end(): void {
    if (open.length === footnote) footnote = 0;
    const token = open.pop();
    if (token === undefined) return;
    if (isSilent(smd, token)) silent--;
    if (token === smd.LIST_ORDERED || token === smd.LIST_UNORDERED) numbers.pop();
    if (isBlock(smd, token)) prose.end('.');
    isLinkStart = false;
  }

  return {
    data: undefined,
    add_token: (_data: undefined, token: number) => begin(token),
    end_token: () => end(),
    add_text(_data: undefined, whole: string) {
      const text = whole.replaceAll(SAID, '');
      if (text === '') return;
      if (isLinkStart && text.startsWith('^')) footnote = open.length;
      isLinkStart = false;
      if (silent > 0 || footnote > 0) return;
      if (open.at(-1) === smd.CODE_INLINE) prose.verbatim(text);
      else prose.text(text);
    },
    set_attr(_data: undefined, attribute: number, value: string) {
      if (attribute === smd.START) numbers[numbers.length - 1] = Number(value) || 1;
    },
  };
}

/** Elements whose text is said, and in which a character is itself unless it is a mark. */
function holdsText(smd: Package, token: number): boolean {
  switch (token) {
    case smd.STRONG_AST:
    case smd.STRONG_UND:
    case smd.ITALIC_AST:
    case smd.ITALIC_UND:
    case smd.STRIKE:
    case smd.LINK:
      return true;
    default:
      return isBlock(smd, token) && token !== smd.BLOCKQUOTE && token !== smd.TABLE_ROW;
  }
}

function isSilent(smd: Package, token: number): boolean {
  return token === smd.CODE_BLOCK || token === smd.CODE_FENCE || token === smd.EQUATION_BLOCK;
}

function isBlock(smd: Package, token: number): boolean {
  switch (token) {
    case smd.PARAGRAPH:
    case smd.HEADING_1:
    case smd.HEADING_2:
    case smd.HEADING_3:
    case smd.HEADING_4:
    case smd.HEADING_5:
    case smd.HEADING_6:
    case smd.BLOCKQUOTE:
    case smd.LIST_ITEM:
    case smd.TABLE_ROW:
      return true;
    default:
      return false;
  }
}
