/** Makes text that was written to be looked at into text that can be read aloud: no addresses, codes or tags in it. */
import { plain, tagEnd, UNDECIDED } from './tags.ts';

/** Prose as it is being put together. Nothing of it depends on how the text was cut on its way in. */
export interface Prose {
  /** More text of the block. */
  text(text: string): void;
  /** Text that is said as it stands, such as code within a sentence. */
  verbatim(text: string): void;
  /** The line ends, the block does not. */
  newLine(): void;
  /** The block ends; `mark` is said at its end unless it has a stop of its own. */
  end(mark: '.' | ',' | ''): void;
  /** What has been put together since the last time. Its last characters may still wait for what follows. */
  take(): string;
}

/** A stop at the end of a text, and what may close behind it. */
const STOP = /[.!?…:;,。！？：；、，]["'”’»)\]]*$/u;
/** Stops behind an address belong to the sentence. No more than this of them. */
const STOPS = /[.,;:!?'"”’)\]]{0,16}$/;

export function createProse(): Prose {
  let out = '';
  /** Text that may be the beginning of something that is not said as it stands. */
  let held = '';
  let previous = '';
  /** White space that is said if something follows it in its block. */
  let gap: '' | ' ' | '\n' = '';
  let ending = '';
  let isEmpty = true;
  /** Inside an address; the stops that it ends with so far. */
  let address: string | undefined;
  /** An address was left out here: the blank before it goes with it where a stop follows. */
  let hole = false;

  function say(text: string): void {
    for (const [part] of text.matchAll(/\s+|\S+/g)) {
      if (/^\s/.test(part)) {
        if (!isEmpty) gap = part.includes('\n') || gap === '\n' ? '\n' : ' ';
        continue;
      }
      if (hole && /^[.,;:!?)\]]/.test(part)) gap = '';
      out += gap + part;
      ending = (ending + part).slice(-8);
      gap = '';
      hole = false;
      isEmpty = false;
    }
  }

  function pass(length: number, said: string): void {
    say(said);
    previous = held.slice(0, length).at(-1) ?? previous;
    held = held.slice(length);
  }

  /** Says what can be said of what is held; `whole`: nothing follows that could change it. */
  function settle(whole: boolean): void {
    while (held !== '' || address !== undefined) {
      if (address !== undefined) {
        const part = /^[^\s<>]*/.exec(held)?.[0] ?? '';
        address = STOPS.exec(address + part)?.[0] ?? '';
        const ends = part.length < held.length || whole;
        pass(part.length, ends ? address : '');
        if (!ends) return;
        address = undefined;
        continue;
      }
      const at = held.search(SPECIAL);
      if (at !== 0) {
        const length = at < 0 ? held.length : at;
        pass(length, held.slice(0, length));
        continue;
      }
      const found = judge(held, previous, whole);
      if (found === 'wait') return;
      if (found === 'address') {
        address = '';
        hole = true;
      } else {
        pass(found.length, found.said);
      }
    }
  }

  return {
    text(text) {
      held += text;
      settle(false);
    },
    verbatim(text) {
      settle(true);
      // A voice would take them for a tag.
      say(text.replace(/[<>]/g, ' '));
      previous = text.at(-1) ?? previous;
    },
    newLine() {
      settle(true);
      say('\n');
      previous = '\n';
    },
    end(mark) {
      settle(true);
      if (!isEmpty) out += (STOP.test(ending) ? '' : mark) + (mark === ',' ? ' ' : '\n');
      gap = '';
      ending = '';
      previous = '';
      isEmpty = true;
      hole = false;
    },
    take() {
      const taken = out;
      out = '';
      return taken;
    },
  };
}

/** So much of a text, and what is said for it. */
interface Found {
  readonly length: number;
  readonly said: string;
}

/** Characters at which something may begin that is not said as it is written. */
const SPECIAL = /[:&<=*_hfw]/i;

/** What the text begins with; `previous` is the character before it. */
function judge(text: string, previous: string, whole: boolean): Found | 'address' | 'wait' {
  const inWord = /[\p{L}\p{N}]/u.test(previous);
  switch (text[0]) {
    case ':':
      return inWord || previous === ':' ? asIs(text) : judgeShortCode(text, whole);
    case '&':
      return judgeEntity(text, whole);
    case '<':
      return judgeTag(text, whole);
    case '=':
    case '*':
    case '_':
      return judgeMarks(text, previous, whole);
    default:
      return inWord ? asIs(text) : judgeAddress(text, whole);
  }
}

function asIs(text: string, length = 1): Found {
  return { length, said: text.slice(0, length) };
}

const SHORT_CODE = /^:([a-z0-9+-][a-z0-9_+-]{0,48}):/i;
const SHORT_CODE_BEGUN = /^:[a-z0-9_+-]{0,49}$/i;
const THUMBS: Readonly<Record<string, string>> = { '+1': 'thumbs up', '-1': 'thumbs down' };
const SKIN_TONE = /^:skin-tone-\d:/;

/** `:smiling_face:` is read as its name, and says nothing about its skin. */
function judgeShortCode(text: string, whole: boolean): Found | 'wait' {
  const [code, name] = SHORT_CODE.exec(text) ?? [];
  if (code === undefined || name === undefined) return SHORT_CODE_BEGUN.test(text) && !whole ? 'wait' : asIs(text);
  // A time is none.
  if (!/[a-z]/i.test(name) && THUMBS[name] === undefined && name !== '100') return asIs(text);
  const rest = text.slice(code.length);
  if (!whole && (rest.length === 0 || (rest.length < 13 && ':skin-tone-0:'.startsWith(rest.replace(/\d/, '0'))))) {
    return 'wait';
  }
  const tone = SKIN_TONE.exec(rest)?.[0] ?? '';
  return { length: code.length + tone.length, said: THUMBS[name] ?? name.replace(/[_-]+/g, ' ').trim() };
}

const ENTITY = /^&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z][a-z\d]{1,30}));/i;
const ENTITY_BEGUN = /^&(?:#?|#\d{1,7}|#x[\da-f]{0,6}|[a-z][a-z\d]{0,30})$/i;
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  copy: '©',
  reg: '®',
  trade: '™',
  deg: '°',
  times: '×',
  euro: '€',
  pound: '£',
};

function judgeEntity(text: string, whole: boolean): Found | 'wait' {
  const [entity, decimal, hex, name = ''] = ENTITY.exec(text) ?? [];
  if (entity === undefined) return ENTITY_BEGUN.test(text) && !whole ? 'wait' : asIs(text);
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  const isCharacter = code > 0x1f && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  const said = Number.isNaN(code) ? ENTITIES[name.toLowerCase()] : isCharacter ? String.fromCodePoint(code) : ' ';
  return said === undefined ? asIs(text, entity.length) : { length: entity.length, said };
}

const COMMENT = '<!--';
const COMMENT_REACH = 4096;
const BLOCK_TAG = /^<\/?(?:br|p|div|li|tr|td|th|h\d|hr|details|summary)\b/i;

/** What a page would not show is not said; what a voice understands is left to it. */
function judgeTag(text: string, whole: boolean): Found | 'wait' {
  if (text.startsWith(COMMENT)) {
    const end = text.indexOf('-->', COMMENT.length);
    if (end >= 0) return { length: end + 3, said: '' };
    return whole || text.length > COMMENT_REACH ? asIs(text) : 'wait';
  }
  if (COMMENT.startsWith(text) && !whole) return 'wait';
  const end = tagEnd(text, 0, whole);
  if (end === UNDECIDED) return 'wait';
  if (end === 0) return asIs(text);
  const tag = text.slice(0, end);
  if (plain(tag) === '') return asIs(text, end);
  return { length: end, said: BLOCK_TAG.test(tag) ? ' ' : '' };
}

const MARKS = /^(?:=+|[*_]+)/;
const MOST_MARKS = 64;

/** Marks that no mark-up took: within a word or alone they are said, at the edge of a word and as a rule they are not. */
function judgeMarks(text: string, previous: string, whole: boolean): Found | 'wait' {
  const run = MARKS.exec(text)?.[0].slice(0, MOST_MARKS) ?? '';
  const next = text[run.length];
  if (next === undefined && !whole && run.length < MOST_MARKS) return 'wait';
  const isWord = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}]/u.test(char);
  const isBlank = (char: string | undefined) => char === undefined || char === '' || /\s/.test(char);
  const isSaid =
    run.length < 3 && ((isWord(previous) && isWord(next)) || (isBlank(previous) && isBlank(next)) || run[0] === '=');
  return { length: run.length, said: isSaid ? run : '' };
}

const ADDRESSES = ['http://', 'https://', 'ftp://', 'www.'];

function judgeAddress(text: string, whole: boolean): Found | 'address' | 'wait' {
  const begun = text.slice(0, 8).toLowerCase();
  if (ADDRESSES.some(start => begun.startsWith(start))) return 'address';
  return !whole && ADDRESSES.some(start => start.startsWith(begun)) ? 'wait' : asIs(text);
}
