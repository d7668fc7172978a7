/** What the path of an output leads to, links followed: one place has many names. */
import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { codeOf } from './output-failure.ts';

export interface Place {
  /** Where the last link leads, whether there is something or not. */
  readonly path: string;
  /** The path stands for something already open, in this process or another, which is never to be replaced. */
  readonly isDescriptor: boolean;
  /** Its number, where it is open in this process. */
  readonly descriptor?: number;
}

const DESCRIPTOR = /^\/(?:dev|proc\/([^/]+)(?:\/task\/[^/]+)?)\/(?:fd\/(\d+)|(std(?:in|out|err)))$/;
const STANDARD = ['stdin', 'stdout', 'stderr'];
const OWN: readonly (string | undefined)[] = [undefined, 'self', 'thread-self'];

/**
 * Follows symbolic links by hand, so that a link to what does not exist yet is followed too.
 *
 * @throws the system's error, for the caller to explain
 */
export function followLinks(path: string): Place {
  let place = path;
  for (let hops = 0; hops < 40; hops += 1) {
    const open = describeOpen(place);
    if (open !== undefined) return open;
    if (!isLink(place)) return { path: place, isDescriptor: false };
    const next = readlinkSync(place);
    // Not joined: that would resolve `..` before the links in front of it.
    place = isAbsolute(next) ? next : `${dirname(place)}/${next}`;
  }
  throw Object.assign(new Error(), { code: 'ELOOP' });
}

/** The same text for every name of one place. Never throws: what cannot be followed is its own name. */
export function identityOf(path: string): string {
  try {
    const place = followLinks(path);
    if (place.descriptor !== undefined) return `descriptor ${place.descriptor}`;
    return place.isDescriptor ? place.path : join(realpathSync(dirname(place.path)), basename(place.path));
  } catch {
    return path;
  }
}

/** Whether writing to `path` is writing to standard output: `-`, `/dev/stdout` and whatever leads there. */
export function isStdout(path: string): boolean {
  return path === '-' || identityOf(path) === 'descriptor 1';
}

function describeOpen(path: string): Place | undefined {
  const [found, process, number, name = ''] = DESCRIPTOR.exec(path) ?? [];
  if (found === undefined) return undefined;
  const descriptor = number === undefined ? STANDARD.indexOf(name) : Number(number);
  return { path, isDescriptor: true, ...(OWN.includes(process) ? { descriptor } : {}) };
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    return false;
  }
}
