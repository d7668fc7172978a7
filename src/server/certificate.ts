/** A certificate for this machine: made and kept on first use, so that clients which insist on TLS can trust it. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { asFailure, Failure, printable } from '../errors.ts';
import { moveInto, noteTemporary } from '../temporaries.ts';

/** What a TLS server needs, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** The file that clients are to trust. */
  readonly path: string;
  /** True if it has just been made. */
  readonly isNew: boolean;
}

const CERTIFICATE = 'localhost.pem';
const KEY = 'localhost-key.pem';
const DAY_MS = 24 * 60 * 60 * 1000;
/** As long as browsers accept one. */
const DAYS = 825;
/** A certificate that ends sooner is made anew. */
const DAYS_LEFT = 7;

/**
 * The certificate for `localhost`, `127.0.0.1` and `::1` that is kept in `folder`, made where there is
 * none that is good. Two programs that make one at the same time end up with the same.
 *
 * @throws Failure of kind `config` where the folder cannot be written.
 */
export async function localCertificate(folder: string, now: Date): Promise<Certificate> {
  const path = join(folder, CERTIFICATE);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const kept = await readKept(folder, now);
    if (kept !== undefined) return { ...kept, path, isNew: await writeIfOther(path, kept.cert) };
    const made = await keep(folder, await make(now), now);
    await writeIfOther(path, made.cert);
    return { ...made, path, isNew: true };
  } catch (error) {
    throw asFailure('config', error, 'cannot keep a certificate', {
      hint: `make ${printable(folder, 200)} writable, or bring your own with --cert and --key`,
    });
  }
}

/**
 * Reads a certificate and its key from files.
 *
 * @throws Failure of kind `config` where they cannot be read or do not belong together.
 */
export async function readCertificate(certPath: string, keyPath: string): Promise<Certificate> {
  const cert = await readPem(certPath, '--cert');
  const key = await readPem(keyPath, '--key');
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new Failure('config', `${printable(certPath, 200)} and ${printable(keyPath, 200)} make no certificate`, {
      hint: 'name a certificate and its own key, both as PEM and without a passphrase',
      cause: error,
    });
  }
  return { cert, key, path: certPath, isNew: false };
}

async function readPem(path: string, flag: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw new Failure('config', `the file of ${flag} (${printable(path, 200)}) ${reason}`, {
      hint: 'name a PEM file that you may read',
      cause: error,
    });
  }
}

type Pair = Pick<Certificate, 'cert' | 'key'>;

/** Both in one file, which nobody else may read: the pair can never be taken apart. */
async function readKept(folder: string, now: Date): Promise<Pair | undefined> {
  const text = await readFile(join(folder, KEY), 'utf8').catch(() => '');
  const pair = { cert: block(text, 'CERTIFICATE'), key: block(text, 'PRIVATE KEY') };
  return isGood(pair, now) ? pair : undefined;
}

/** Puts a new pair into its place. Whoever comes second takes what the first has put there. */
async function keep(folder: string, pair: Pair, now: Date): Promise<Pair> {
  const target = join(folder, KEY);
  const temporary = join(folder, `.${KEY}.${randomBytes(6).toString('hex')}.tmp`);
  const forget = noteTemporary(temporary);
  try {
    await writeFile(temporary, `${pair.key}\n${pair.cert}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    await rm(temporary, { force: true }).finally(forget);
    throw error;
  }
  try {
    await link(temporary, target);
    return pair;
  } catch {
    const kept = await readKept(folder, now);
    if (kept !== undefined) return kept;
    // What stands there is of no use, or links cannot be made here.
    await moveInto(temporary, target);
    return pair;
  } finally {
    await rm(temporary, { force: true }).finally(forget);
  }
}

/** True if it had to be written. */
async function writeIfOther(path: string, cert: string): Promise<boolean> {
  const text = `${cert}\n`;
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return false;
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const forget = noteTemporary(temporary);
  try {
    await writeFile(temporary, text, { mode: 0o644 });
    await moveInto(temporary, path);
  } finally {
    await rm(temporary, { force: true }).finally(forget);
  }
  return true;
}

async function make(now: Date): Promise<Pair> {
  const { generate } = (await import('selfsigned')).default;
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    // A clock that is a little slow must not make it one of tomorrow.
    notBeforeDate: new Date(now.getTime() - DAY_MS),
    notAfterDate: new Date(now.getTime() + (DAYS - 1) * DAY_MS),
    extensions: [
      // Trusted as what it is, not as somebody who may vouch for others.
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { cert: cert.trim(), key: key.trim() };
}

function isGood({ cert, key }: Pair, now: Date): boolean {
  try {
    createSecureContext({ cert, key });
    const { validFrom, validTo } = new X509Certificate(cert);
    return Date.parse(validFrom) <= now.getTime() && Date.parse(validTo) - now.getTime() > DAYS_LEFT * DAY_MS;
  } catch {
    return false;
  }
}

function block(text: string, name: string): string {
  return new RegExp(`-----BEGIN ${name}-----[^-]+-----END ${name}-----`).exec(text)?.[0] ?? '';
}
