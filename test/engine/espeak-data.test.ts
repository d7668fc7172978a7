import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { lazyData } from '../../src/engine/espeak-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'aloud data #'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;

function file(content: string): { readonly path: string; readonly url: URL } {
  files += 1;
  const path = join(folder, `${files}.data`);
  writeFileSync(path, content);
  return { path, url: pathToFileURL(path) };
}

/** A file system with the parts of `room` by their names. */
function cut(room: ArrayBuffer, parts: Readonly<Record<string, readonly [number, number]>>) {
  const nodes = Object.entries(parts).map(
    ([name, [from, to]]) => [name, { contents: new Uint8Array(room, from, to - from) }] as const,
  );
  const byName = new Map(nodes);
  const open = (name: string) => ({ node: byName.get(name) ?? {} });
  return { open, text: (name: string) => Buffer.from(byName.get(name)?.contents ?? []).toString() };
}

describe('the data of espeak-ng', () => {
  it('is read part by part, when a part is opened', () => {
    const data = lazyData(file('en_dictfr_dict').url);
    const system = cut(data.room(14), { en: [0, 7], fr: [7, 14] });
    data.readWhenOpened(system);
    system.open('fr');
    assert.deepEqual([system.text('en'), system.text('fr')], ['\0'.repeat(7), 'fr_dict']);
    assert.deepEqual(system.open('/dev'), { node: {} });
    data.close();
  });

  it('is read once: what has been changed in memory stays', () => {
    const data = lazyData(file('dict').url);
    const room = data.room(4);
    const system = cut(room, { dict: [0, 4] });
    data.readWhenOpened(system);
    system.open('dict');
    new Uint8Array(room).fill(65);
    system.open('dict');
    assert.equal(system.text('dict'), 'AAAA');
    data.close();
  });

  it('is taken for damaged when it is not as long as it should be, or does not stay so', () => {
    const { path, url } = file('dict');
    const data = lazyData(url);
    assert.throws(() => data.room(5), /espeak-ng\.data has 4 bytes, not 5/);
    data.close();
    const again = lazyData(url);
    const system = cut(again.room(4), { dict: [0, 4] });
    again.readWhenOpened(system);
    truncateSync(path, 2);
    assert.throws(() => system.open('dict'), /shorter/);
    again.close();
  });

  it('is not looked for before there is to be room for it', () => {
    const data = lazyData(new URL('missing.data', pathToFileURL(`${folder}/`)));
    data.close();
    assert.throws(() => data.room(1), { code: 'ENOENT' });
  });
});
