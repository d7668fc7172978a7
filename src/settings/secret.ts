/** A secret as a value that cannot be printed by accident. */

/** Text that only `reveal()` gives away: as a string, as JSON and when inspected it is `[secret]`. */
export interface Secret {
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

const SHOWN = '[secret]';

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
 * there: encoders do not agree on which characters they leave as they are. Without a secret, text stays as it is.
 */
export function redactorOf(secret: Pick<Secret, 'reveal'> | undefined): (text: string) => string {
  // As it is sent, which is without white space around it.
  const value = secret?.reveal().trim() ?? '';
  if (value === '') return text => text;
  const forms = new RegExp([...value].map(formsOf).join(''), 'g');
  return text => text.replace(forms, SHOWN);
}

/** A pattern for one character as it is, and as it may be written elsewhere. */
function formsOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = (digits: string) =>
    digits.replace(/[a-f]/gi, letter => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
  // In an address, maybe one inside another.
  const bytes = [...Buffer.from(character)].map(byte => `%(?:25)*${hex(byte.toString(16).padStart(2, '0'))}`);
  // In JSON, each half of a surrogate pair on its own.
  const units = character.split('').map(unit => `\\\\u${hex(unit.charCodeAt(0).toString(16).padStart(4, '0'))}`);
  const named = ENTITIES[character];
  const entities = [
    `&#0*${code};`,
    `&#[xX]0*${hex(code.toString(16))};`,
    ...(named === undefined ? [] : [`&${named};`]),
  ];
  const plain = `\\\\?${character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}`;
  return `(?:${[plain, bytes.join(''), units.join(''), ...entities, ...(character === ' ' ? ['\\+'] : [])].join('|')})`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
