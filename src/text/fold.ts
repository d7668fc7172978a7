/** A window on a source text with its letters and digits folded, for comparing words however they are written. */

/** The letters and digits of a text without case, accents and compatibility forms; '' if there are none. */
export function fold(text: string): string {
  if (ASCII_WORD.test(text)) return text.toLowerCase();
  const kept = text.replace(NOT_FOLDED, '');
  // A sigma at the end of a word is written differently; one by one, the characters do not know.
  return kept.normalize('NFKD').toLowerCase().normalize('NFKD').replace(NOT_FOLDED, '').replaceAll('ς', 'σ');
}

/** What lies ahead in a source text. Indices run over folded characters unless they are called offsets. */
export interface SourceWindow {
  /** Adds to the end of the source. */
  push(text: string): void;
  /** Brings enough of the source into view. */
  fill(): void;
  /** The index of what has not been taken yet. */
  readonly position: number;
  /** Whether anything folded is in view. */
  readonly isEmpty: boolean;
  /** Whether the folded `word` stands at `index`; `loose` also inside a run of letters. */
  has(word: string, index: number, loose?: boolean): boolean;
  /** The places where words start, from `position` on, at most `count`. */
  starts(count: number): number[];
  /** Takes the source up to `index` (or the end of the view), with the punctuation and white space that belong before it. */
  take(index: number): string;
  /** Takes `symbols`, in which nothing is folded, and the white space around them if they are next in the source; else ''. */
  takeSymbols(symbols: string): string;
  /** Takes everything. */
  rest(): string;
}

/** Text waiting beyond this many characters is given up, oldest first: nobody reports words for it. */
const WAITING_LIMIT = 1 << 22;
const AHEAD = 1024;
const VIEW_LIMIT = 1 << 16;
const STEP = 2048;

const ASCII_WORD = /^[A-Za-z0-9]+$/;
const NOT_FOLDED = /[^\p{L}\p{N}]/gu;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const MARK = /\p{M}/u;
const DIGIT = /\p{N}/u;
// Scripts written without blanks: a word may end after any character.
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const OPENING = /[\p{Ps}\p{Pi}\p{Sc}¿¡]/u;
const TRAILING = /^(?![\p{Ps}¿¡])(?:\ufe0f|[\p{P}\p{Extended_Pictographic}]){1,8}$/u;
const NOT_TRAILING = /[&%@#*\\/]/;
const BULLET = /^[\p{Pd}•·]/u;

export function createSourceWindow(): SourceWindow {
  let waiting: string[] = [];
  let waitingLength = 0;
  let view = '';
  /** The offset in `view` up to which it has been taken. */
  let taken = 0;
  let folded = '';
  let position = 0;
  /** For each folded character: the offset at which what it came from ends, and whether a word may start there. */
  let to: number[] = [];
  let isStart: boolean[] = [];
  let before = '';

  function add(text: string): void {
    let offset = view.length;
    const parts: string[] = [];
    for (const sign of text) {
      const end = offset + sign.length;
      const key = LETTER_OR_DIGIT.test(sign) ? fold(sign) : '';
      for (let i = 0; i < key.length; i++) {
        to.push(end);
        isStart.push(i === 0 && startsWord(before, sign));
      }
      if (key !== '') parts.push(key);
      if (!MARK.test(sign)) before = sign;
      offset = end;
    }
    view += text;
    folded += parts.join('');
  }

  function compact(): void {
    view = view.slice(taken);
    folded = folded.slice(position);
    to = to.slice(position).map(offset => offset - taken);
    isStart = isStart.slice(position);
    taken = position = 0;
  }

  function fill(): void {
    if (folded.length - position >= AHEAD || waiting.length === 0) return;
    compact();
    let index = 0;
    while (index < waiting.length && folded.length < AHEAD && view.length < VIEW_LIMIT) {
      const piece = waiting[index] ?? '';
      const cut = /[\ud800-\udbff]/.test(piece[STEP - 1] ?? '') ? STEP + 1 : STEP;
      add(piece.slice(0, cut));
      waitingLength -= Math.min(cut, piece.length);
      if (piece.length > cut) waiting[index] = piece.slice(cut);
      else index++;
    }
    waiting = waiting.slice(index);
    if (folded === '' && view.length >= VIEW_LIMIT) view = '';
  }

  return {
    push(text) {
      if (text === '') return;
      // Many small pieces become few: dropping the first of a long list is slow.
      const last = waiting.at(-1);
      if (last !== undefined && last.length < STEP) waiting[waiting.length - 1] = last + text;
      else waiting.push(text);
      waitingLength += text.length;
      while (waitingLength > WAITING_LIMIT && waiting.length > 1) waitingLength -= waiting.shift()?.length ?? 0;
    },
    fill,
    get position() {
      return position;
    },
    get isEmpty() {
      return position >= folded.length;
    },
    has(word, index, loose = false) {
      if (!folded.startsWith(word, index)) return false;
      const end = index + word.length;
      return loose || end >= folded.length || isStart[end] === true;
    },
    starts(count) {
      const found: number[] = [];
      for (let i = position; i < folded.length && found.length < count; i++) {
        if (i === position || isStart[i] === true) found.push(i);
      }
      return found;
    },
    take(index) {
      const end = Math.min(index, folded.length);
      if (end <= position) return '';
      const written = view.slice(taken, trailEnd(view, to[end - 1] ?? view.length));
      taken += written.length;
      position = end;
      return written;
    },
    takeSymbols(symbols) {
      const at = spaceEnd(view, taken);
      if (symbols === '' || !view.startsWith(symbols, at)) return '';
      const written = view.slice(taken, spaceEnd(view, at + symbols.length));
      taken += written.length;
      return written;
    },
    rest() {
      const left = view.slice(taken) + waiting.join('');
      waiting = [];
      waitingLength = 0;
      view = folded = '';
      taken = position = 0;
      to = [];
      isStart = [];
      return left;
    },
  };
}

function startsWord(before: string, sign: string): boolean {
  if (!LETTER_OR_DIGIT.test(before)) return true;
  return UNSPACED.test(sign) || UNSPACED.test(before) || DIGIT.test(sign) !== DIGIT.test(before);
}

/** Past what belongs to the word that ends at `at`: attached marks, white space, and punctuation that stands alone. */
function trailEnd(text: string, at: number): number {
  let i = attachedEnd(text, at);
  for (;;) {
    const word = spaceEnd(text, i);
    const end = tokenEnd(text, word);
    const token = text.slice(word, end);
    if (!TRAILING.test(token) || NOT_TRAILING.test(token)) return word;
    const isLast = end >= text.length;
    if (isLast && /["'\p{Pi}]/u.test(token)) return word;
    if (BULLET.test(token) && /[\r\n]/.test(text.slice(i, word))) return word;
    i = end;
  }
}

function attachedEnd(text: string, at: number): number {
  let i = at;
  while (i < text.length) {
    const sign = String.fromCodePoint(text.codePointAt(i) ?? 0);
    if (/\s/.test(sign) || LETTER_OR_DIGIT.test(sign)) return i;
    // A quote that opens in one language closes in another: what follows tells.
    if (OPENING.test(sign) && /[\p{L}\p{N}\p{Ps}\p{Pi}]/u.test(text.slice(i + sign.length, i + sign.length + 2)))
      return i;
    i += sign.length;
  }
  return i;
}

function spaceEnd(text: string, at: number): number {
  let i = at;
  while (i < text.length && /\s/.test(text[i] ?? '')) i++;
  return i;
}

/** The end of the word at `at`, or of its first few characters: only short ones are of interest. */
function tokenEnd(text: string, at: number): number {
  let i = at;
  while (i < text.length && i < at + 18 && !/\s/.test(text[i] ?? '')) i++;
  return i;
}
