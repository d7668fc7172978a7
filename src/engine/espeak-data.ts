/** The data of espeak-ng: voices and dictionaries of all languages, 24 MB in one file, of which little is ever needed. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Emscripten's file system, in memory; whoever opens a file in it goes through `open`. */
export interface FileSystem {
  open(path: string, ...how: unknown[]): { readonly node: { readonly contents?: unknown } };
}

export interface LazyData {
  /** What stands for the whole file, still empty. @throws where the file has not that size */
  room(size: number): ArrayBuffer;
  /** From now on a part of the room is read in when it is opened in `files`. */
  readWhenOpened(files: FileSystem): void;
  close(): void;
}

/** The file at `url`; it is opened when there is to be room for it, and stays open. */
export function lazyData(url: URL): LazyData {
  const known = new WeakSet<Uint8Array>();
  let file: number | undefined;
  let room: ArrayBuffer | undefined;

  return {
    room(size) {
      file = openSync(fileURLToPath(url), 'r');
      const { size: actual } = fstatSync(file);
      if (actual !== size) throw new Error(`espeak-ng.data has ${actual} bytes, not ${size}`);
      room = new ArrayBuffer(size);
      return room;
    },
    readWhenOpened(files) {
      const { open } = files;
      files.open = (path, ...how) => {
        const stream = open(path, ...how);
        const { contents } = stream.node;
        if (file === undefined || !(contents instanceof Uint8Array)) return stream;
        if (contents.buffer === room && !known.has(contents)) read(file, contents);
        known.add(contents);
        return stream;
      };
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** A part lies in the room where it lies in the file. */
function read(file: number, part: Uint8Array): void {
  for (let at = 0; at < part.length; ) {
    const count = readSync(file, part, at, part.length - at, part.byteOffset + at);
    if (count === 0) throw new Error('espeak-ng.data has become shorter');
    at += count;
  }
}
