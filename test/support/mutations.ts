/** Frames that went wrong on the way: JSON changed in its structure, its spelling and its bytes, from a seed. */

/** Random choices that a seed repeats. */
export interface Dice {
  /** A whole number from 0 to `below` - 1. */
  number(below: number): number;
  chance(part: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function diceOf(seed: number): Dice {
  let state = seed >>> 0 || 1;
  const next = () => {
    // xorshift32: its low bits are as good as its high ones.
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  return {
    number: below => next() % below,
    chance: part => next() % 1000 < part * 1000,
    pick: from => from[next() % from.length] as (typeof from)[number],
  };
}

type Member = readonly [key: string, value: unknown];

/** Values that stand where they should not. */
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  7,
  1e308,
  -0.5,
  '',
  ' ',
  'x',
  [],
  {},
  [null],
  { data: 'AAAA' },
  ['AAAA'],
  'done',
  'chunk',
  '__proto__',
  'constructor',
  '\u0000',
  '\u2028',
  '\ud800',
  'AAA',
  'AA==',
  'AA=A',
  'A',
  '====',
  'AA A A',
  'A-_A',
  'AAAA\n',
  'Á',
  'Ł',
  '\\',
  '"',
  'toString',
];
const KEYS = [
  'data',
  'type',
  'context_id',
  'done',
  '__proto__',
  'constructor',
  'extra',
  'error',
  'status_code',
  'flush_id',
  '',
];

/** One frame that was `message`, or what is left of it. Some are unharmed. */
export function mutated(message: object, others: readonly string[], dice: Dice): Buffer {
  const members: Member[] = Object.entries(message);
  while (dice.chance(0.35)) mutateMembers(members, dice, others);
  let text = write(members, dice);
  if (dice.chance(0.03))
    text = dice.pick(['', 'null', '[]', '42', '"chunk"', `${text}x`, `[${text}]`, ` ${text} `, `${text}${text}`]);
  let bytes: Buffer = Buffer.from(text);
  while (dice.chance(0.06)) bytes = mutateBytes(bytes, dice);
  return bytes;
}

function mutateMembers(members: Member[], dice: Dice, others: readonly string[]): void {
  const at = dice.number(members.length + 1);
  const [key = 'data', value] = members[at] ?? [];
  switch (dice.number(9)) {
    case 0:
      return void members.splice(at, 1);
    case 1:
      return void members.splice(at, 1, [key, dice.pick(ODD)]);
    case 2:
      return void members.splice(dice.number(members.length + 1), 0, [key, dice.pick(ODD)]);
    case 3:
      return void members.splice(at, 0, [dice.pick(KEYS), dice.pick(ODD)]);
    case 4:
      return void members.splice(at, 0, ['nested', { [key]: value, data: 'AAAA', type: 'done' }]);
    case 5:
      return void members.push(...members.splice(0, at));
    case 6:
      return void members.push(['context_id', dice.pick(others)]);
    case 7:
      return void members.push([
        dice.pick(['data', 'type']),
        dice.pick(['AAAA', 'chunk', 'done', 'audio', 'weather', 'Audio_Chunk']),
      ]);
    default: {
      const index = members.findIndex(([name]) => name === 'data');
      const data = members[index]?.[1];
      if (typeof data !== 'string') return;
      const cut = dice.number(data.length + 1);
      members[index] = [
        'data',
        data.slice(0, cut) +
          dice.pick(['', '=', '\r\n', ' ', '-', '_', '!', 'Ł', 'AAAA']) +
          data.slice(cut + dice.number(2)),
      ];
    }
  }
}

/** JSON may be written in many ways. */
function write(members: readonly Member[], dice: Dice): string {
  const isOdd = dice.chance(0.3);
  const blank = () => (isOdd && dice.chance(0.4) ? dice.pick([' ', '\n', '\t', '\r\n  ']) : '');
  const spell = (text: string) => (isOdd && dice.chance(0.3) ? escaped(text, dice) : text);
  const parts = members.map(
    ([key, value]) =>
      `${blank()}${spell(JSON.stringify(key))}${blank()}:${blank()}${spell(JSON.stringify(value) ?? 'null')}${blank()}`,
  );
  return `{${parts.join(',')}}`;
}

/** Letters inside strings as escapes; what is no string stays. */
function escaped(json: string, dice: Dice): string {
  if (!json.startsWith('"') || json.includes('\\')) return json;
  const inside = json
    .slice(1, -1)
    .replace(/[A-Za-z/]/g, letter =>
      dice.chance(0.1) ? (letter === '/' ? '\\/' : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`) : letter,
    );
  return `"${inside}"`;
}

/** Bits that flip, and parts that are lost, doubled or strange. */
export function mutateBytes(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.number(bytes.length + 1);
  switch (dice.number(5)) {
    case 0: {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << dice.number(8));
      return copy;
    }
    case 1:
      return bytes.subarray(0, at);
    case 2:
      return bytes.subarray(at);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(dice.number(bytes.length + 1))]);
    default: {
      const strange = dice.pick([
        Buffer.of(0),
        Buffer.of(0xff),
        Buffer.of(0xc3, 0x28),
        Buffer.from('"'),
        Buffer.from('{'),
        Buffer.from('\\'),
        Buffer.from('"data":"'),
      ]);
      return Buffer.concat([bytes.subarray(0, at), strange, bytes.subarray(at)]);
    }
  }
}
