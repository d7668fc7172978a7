/** The opening of a WebSocket (RFC 6455 §4.1), as text: what is asked, and whether the answer is a plain yes. */
import { createHash, randomBytes } from 'node:crypto';

export interface Upgrade {
  /** What is to be sent before anything else. */
  readonly request: string;
  /**
   * What the first bytes of an answer come to: its head, undefined while that is not whole, or `other` where it is
   * anything but the yes that was asked for; what is wrong with it is for somebody else to find out.
   */
  read(bytes: Buffer): Head | 'other' | undefined;
  /** The same answer, as one who had asked with `key` would get it. */
  readdress(answer: Buffer, key: string): Buffer;
}

/** The head of an answer. */
export interface Head {
  /** By their names in small letters. */
  readonly headers: ReadonlyMap<string, string>;
  /** Where it ends, in bytes. */
  readonly end: number;
}

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** As long as Node lets a head be. */
const LONGEST = 16 * 1024;

const BEGINNING = 'HTTP/1.1 1';
/** A yes, or what only says that there is more to come (RFC 9110 §15.2). */
const PRELIMINARY = /^HTTP\/1\.1 1\d\d( .*)?$/;
const YES = /^HTTP\/1\.1 101( .*)?$/;
const END = '\r\n\r\n';

/** What may stand in a request: RFC 9110 §5.6.2 and §5.5, in one byte a letter. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Asks `url` with `headers`; undefined where something of them cannot be sent like that. */
export function createUpgrade(url: URL, headers: Readonly<Record<string, string>>): Upgrade | undefined {
  const key = randomBytes(16).toString('base64');
  const all = {
    Host: url.host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    ...headers,
  };
  const lines = [`GET ${url.pathname}${url.search} HTTP/1.1`];
  for (const [name, value] of Object.entries(all)) {
    if (!NAME.test(name) || !VALUE.test(value)) return undefined;
    lines.push(`${name}: ${value}`);
  }

  return {
    request: lines.join('\r\n') + END,
    read(bytes) {
      const text = bytes.toString('latin1', 0, LONGEST);
      for (let from = 0; ; ) {
        if (!BEGINNING.startsWith(text.slice(from, from + BEGINNING.length))) return 'other';
        const end = text.indexOf(END, from);
        if (end < 0) return bytes.length < LONGEST ? undefined : 'other';
        const [status = '', ...lines] = text.slice(from, end).split('\r\n');
        if (!PRELIMINARY.test(status)) return 'other';
        from = end + END.length;
        if (!YES.test(status)) continue;
        const headers = readHeaders(lines);
        // Only now: before, somebody waits for the request.
        return headers !== undefined && isYes(headers, acceptOf(key)) ? { headers, end: from } : 'other';
      }
    },
    readdress: (answer, other) =>
      Buffer.from(answer.toString('latin1').replace(acceptOf(key), acceptOf(other)), 'latin1'),
  };
}

/** A plain yes to who asked with `key`. */
export function yesTo(key: string): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return [...lines, `Sec-WebSocket-Accept: ${acceptOf(key)}`].join('\r\n') + END;
}

/** What a server makes of a key. */
function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** Undefined where a line is not a header. What comes in several is put together (RFC 9110 §5.3). */
function readHeaders(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
    if (colon < 0 || !NAME.test(name) || !VALUE.test(value)) return undefined;
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function isYes(headers: ReadonlyMap<string, string>, accept: string): boolean {
  const offered = headers.has('sec-websocket-extensions') || headers.has('sec-websocket-protocol');
  return (
    !offered &&
    headers.get('upgrade')?.toLowerCase() === 'websocket' &&
    /(^|,)\s*upgrade\s*(,|$)/i.test(headers.get('connection') ?? '') &&
    headers.get('sec-websocket-accept') === accept
  );
}
