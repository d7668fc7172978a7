/** Manifests in folders of a test's own. */
import type { Fields } from '../../src/fixtures/fields.ts';
import { createClaims, type Entry, readManifest } from '../../src/fixtures/manifest.ts';
import { number, text } from '../../src/settings/readers.ts';

/** A few settings, as `aloud fixtures` hands them in. */
export const FIELDS: Fields = {
  provider: text(),
  voice: text(),
  language: text(),
  format: text(),
  speed: number(0.6, 1.5),
  rate: number(105, 262.5),
  sample_rate: number(8000, 48_000),
};

/** All entries of the manifest at `path`, none of which asks for a file twice. */
export async function entriesOf(path: string, taken: readonly string[] = []): Promise<Entry[]> {
  const entries: Entry[] = [];
  const source = { path, name: 'm', fields: FIELDS };
  for await (const entry of readManifest(source, createClaims(taken))) entries.push(entry);
  return entries;
}
