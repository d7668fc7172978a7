/** Finds the page's script and style, which the build makes of client.ts and page.css. */
import { readFile } from 'node:fs/promises';
import type { PageAssets } from './page.ts';

/** Reads them: beside the bundled program, or for a run from source in `dist/`. */
export async function loadPageAssets(): Promise<PageAssets> {
  const [script, style] = await Promise.all([read('audition.js'), read('audition-style.css')]);
  return { script: script.trim(), style: style.trim() };
}

async function read(name: string): Promise<string> {
  const beside = new URL(name, import.meta.url);
  return readFile(beside, 'utf8').catch(() => readFile(new URL(`../../dist/${name}`, import.meta.url), 'utf8'));
}
