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

/** Takes every one of `secrets`, also as it looks inside a URL, out of text from outside. */
export function redact(text: string, secrets: readonly Secret[]): string {
  let clean = text;
  for (const one of secrets) {
    const value = one.reveal();
    if (value === '') continue;
    for (const form of new Set([value, encodeURIComponent(value)])) clean = clean.replaceAll(form, SHOWN);
  }
  return clean;
}
