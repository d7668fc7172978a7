/** A secret as a value that cannot be printed by accident. */

/** Text that only `reveal()` gives away: as a string, as JSON and when inspected it is `[secret]`. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

const SHOWN = '[secret]';

/** Characters of a key worth hiding: `x`, as one uses for a server of one's own, would take letters out of every message. */
const LEAST_SECRET = 6;

/** Wraps `value`; the text lives in a closure, so no property, clone or dump of the object holds it. */
export function secret(value: string): Secret {
  const shown = () => SHOWN;
  return Object.freeze({
    reveal: () => value,
    toString: shown,
    toJSON: shown,
    [Symbol.toPrimitive]: shown,
    [Symbol.for('nodejs.util.inspect.custom')]: shown,
  });
}

/**
 * Takes `secret` out of text from outside, also as it looks inside an address, JSON or HTML, whoever wrote it
 * there: encoders do not agree on which characters they leave as they are. Without a secret, or with one too short to
 * be one, text stays as it is.
 */
export function redactorOf(secret: Pick<Secret, 'reveal'> | undefined): (text: string) => string {
  // As it is sent, which is without white space around it.
  const value = secret?.reveal().trim() ?? '';
  if (value.length < LEAST_SECRET) return text => text;
  // Nearly a hundred expressions for a long key: not before there is something to look through.
  let forms: readonly RegExp[] | undefined;
  return text => {
    if (text === '') return '';
    forms ??= [...value].map(formsOf);
    return withoutForms(text, value, forms);
  };
}

/** By hand: a pattern for the whole of a long token is more than an expression can hold. */
function withoutForms(text: string, value: string, forms: readonly RegExp[]): string {
  let clean = '';
  let kept = 0;
  for (let at = 0; at < text.length; ) {
    // As it is first: two backslashes of its own are not one that is escaped.
    const end = text.startsWith(value, at) ? at + value.length : endOf(text, at, forms);
    if (end === undefined) {
      at++;
      continue;
    }
    clean += text.slice(kept, at) + SHOWN;
    at = end;
    kept = end;
  }
  return clean + text.slice(kept);
}

/** Where a secret that begins at `at` ends. */
function endOf(text: string, at: number, forms: readonly RegExp[]): number | undefined {
  let end = at;
  for (const form of forms) {
    form.lastIndex = end;
    if (!form.test(text)) return undefined;
    end = form.lastIndex;
  }
  return end;
}

/** One character as it may be written elsewhere, or as it is. */
function formsOf(character: string): RegExp {
  const code = character.codePointAt(0) ?? 0;
  // In an address, maybe one inside another.
  const bytes = [...Buffer.from(character)].map(byte => `%(?:25)*${hex(byte, 2)}`).join('');
  // In JSON, each half of a surrogate pair on its own.
  const units = character.split('').map(unit => `\\\\u${hex(unit.charCodeAt(0), 4)}`);
  // In a page.
  const entities = [`&#0*${code};`, `&#[xX]0*${hex(code, 1)};`, `&${ENTITIES[character] ?? '#'};`];
  const plain = `\\\\?${character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}`;
  const blank = character === ' ' ? ['\\+'] : [];
  return new RegExp([bytes, units.join(''), ...entities, ...blank, plain].join('|'), 'y');
}

function hex(value: number, digits: number): string {
  const letters = (letter: string) => `[${letter}${letter.toUpperCase()}]`;
  return value.toString(16).padStart(digits, '0').replace(/[a-f]/g, letters);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
