/** Kinds of values a setting may have: each reads text (flags, environment) and data (files), or declines. */
import { isLoopback } from './proxy.ts';

/** Reads one kind of value. Declining is `undefined`; the caller knows what to call the setting and where it stood. */
export interface Reader<V> {
  readonly kind: 'text' | 'choice' | 'number' | 'boolean' | 'date' | 'url' | 'list' | 'path';
  /** What a right value is, to follow "must be". */
  readonly expects: string;
  readonly choices?: readonly string[];
  fromText(text: string): V | undefined;
  fromData(data: unknown): V | undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const LONGEST_TEXT = 1000;

/** Any text of one line; `pattern` narrows it. */
export function text(expects = 'text of one line', pattern = /./): Reader<string> {
  const fromText = (value: string) => {
    const fits =
      value.trim() !== '' && value.length <= LONGEST_TEXT && !CONTROL.test(value) && !/\p{Surrogate}/u.test(value);
    return fits && pattern.test(value) ? value : undefined;
  };
  return { kind: 'text', expects, fromText, fromData: whenText(fromText) };
}

/** The name of a file or folder; made absolute where it is known what it is relative to. */
export function path(): Reader<string> {
  return { ...text('the name of a file'), kind: 'path' };
}

export function choice<V extends string>(choices: readonly V[]): Reader<V> {
  const fromText = (value: string) => choices.find(known => known === value);
  return { kind: 'choice', expects: `one of ${choices.join(', ')}`, choices, fromText, fromData: whenText(fromText) };
}

export function numberChoice(choices: readonly number[]): Reader<number> {
  const known = (value: number | undefined) => choices.find(each => each === value);
  return {
    kind: 'choice',
    expects: `one of ${choices.join(', ')}`,
    choices: choices.map(String),
    fromText: value => known(decimal(value)),
    fromData: data => (typeof data === 'number' ? known(data) : undefined),
  };
}

/** A decimal number between `least` and `most`, both included. */
export function number(least: number, most: number): Reader<number> {
  return numeric(`a number from ${least} to ${most}`, value => value >= least && value <= most);
}

/** A decimal number above zero and up to `most`. */
export function positive(most: number): Reader<number> {
  return numeric(`a number above 0, up to ${most}`, value => value > 0 && value <= most);
}

/** What either of two readers takes; `because` says what the second is for. */
export function either<A, B>(first: Reader<A>, second: Reader<B>, because: string): Reader<A | B> {
  return {
    kind: first.kind,
    expects: `${first.expects}, or ${second.expects} ${because}`,
    fromText: value => first.fromText(value) ?? second.fromText(value),
    fromData: data => first.fromData(data) ?? second.fromData(data),
  };
}

export function integer(least: number, most: number): Reader<number> {
  const fits = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return numeric(`a whole number from ${least} to ${most}`, fits);
}

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'true', 'yes', 'on'].map(word => [word, true] as const),
  ...['0', 'false', 'no', 'off'].map(word => [word, false] as const),
]);

export function boolean(): Reader<boolean> {
  return {
    kind: 'boolean',
    expects: 'true or false',
    fromText: value => WORDS.get(value.toLowerCase()),
    fromData: data => (typeof data === 'boolean' ? data : undefined),
  };
}

/** A day of the calendar, as YYYY-MM-DD. */
export function date(): Reader<string> {
  const fromText = (value: string) => (isDay(value) ? value : undefined);
  // YAML reads an unquoted day as a Date.
  const day = (data: unknown) =>
    data instanceof Date && !Number.isNaN(data.getTime()) ? data.toISOString().replace('T00:00:00.000Z', '') : data;
  return { kind: 'date', expects: 'a date as YYYY-MM-DD', fromText, fromData: data => whenText(fromText)(day(data)) };
}

/** Where a provider is: TLS, or this machine; no password, query or fragment in it. */
export function baseUrl(): Reader<string> {
  const expects = 'a wss: or https: address (ws: and http: only to this machine) without password, query or fragment';
  const fromText = (value: string) => {
    if (CONTROL.test(value) || !URL.canParse(value)) return undefined;
    const url = new URL(value);
    const secure = url.protocol === 'wss:' || url.protocol === 'https:';
    const plain = url.protocol === 'ws:' || url.protocol === 'http:';
    const bare = !/[?#]/.test(value) && url.username === '' && url.password === '';
    return bare && (secure || (plain && isLoopback(url.hostname))) ? url.href : undefined;
  };
  return { kind: 'url', expects, fromText, fromData: whenText(fromText) };
}

/** Names separated by commas; in a file also a list. */
export function list(item: RegExp): Reader<readonly string[]> {
  const checked = (items: readonly unknown[]) => {
    const names = items.filter(name => typeof name === 'string' && item.test(name)) as string[];
    return names.length > 0 && names.length === items.length && names.length <= 50 ? names : undefined;
  };
  const fromText = (value: string) => checked(value.split(',').map(name => name.trim()));
  return {
    kind: 'list',
    expects: 'names separated by commas',
    fromText,
    fromData: data => (Array.isArray(data) ? checked(data) : whenText(fromText)(data)),
  };
}

function numeric(expects: string, fits: (value: number) => boolean): Reader<number> {
  const checked = (value: number | undefined) => (value !== undefined && fits(value) ? value : undefined);
  return {
    kind: 'number',
    expects,
    fromText: value => checked(decimal(value)),
    fromData: data => checked(typeof data === 'number' ? data : undefined),
  };
}

function decimal(value: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(value) ? Number(value) : undefined;
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

function whenText<V>(read: (text: string) => V | undefined): (data: unknown) => V | undefined {
  return data => (typeof data === 'string' ? read(data) : undefined);
}
