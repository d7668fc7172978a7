/** Pages of voices-test to look at: clips, their data, and the file. */
import { FIGURES } from '../../src/report/figures.ts';
import { renderPage } from '../../src/report/page.ts';
import { loadPageAssets } from '../../src/report/page-assets.ts';
import { type PageClip, type PageData, packOutline } from '../../src/report/page-data.ts';
import { wavOf } from './sound.ts';

/** Length of a clip. */
export const SECONDS = 4;
export const TEXT = 'One two three four.';
export const WORDS = [
  ['One', 0, 1],
  ['two', 1, 2],
  ['three', 2, 3],
  ['four.', 3, 4],
] as const;
const KEY = (name: string) => FIGURES.findIndex(figure => figure.name === name);

export function clip(index: number, more: Partial<PageClip> = {}): PageClip {
  return {
    voice: `voice-${index}`,
    name: `Voice ${index}`,
    language: 'en',
    gender: 'female',
    model: 'sonic',
    text: 0,
    // Each figure ranks the clips in another way.
    values: FIGURES.map((_, figure) =>
      figure === KEY('lufs') && index === 1 ? null : ((index + 1) * (figure + 3)) % 7,
    ),
    takes: 1,
    duration: SECONDS,
    outline: packOutline(Array.from({ length: 160 }, (_, i) => (i % 10) / 10)),
    words: WORDS,
    file: `voice-${index}/one.wav`,
    breaches: [],
    ...more,
  };
}

export function pageData(clips: readonly PageClip[], more: Partial<PageData> = {}): PageData {
  const figures = FIGURES.map(({ label, unit, digits, about, best }) => ({ label, unit, digits, about, best }));
  return {
    id: 'run 1',
    createdBy: 'aloud test',
    startedAt: '2026-01-02T03:04:05Z',
    provider: 'local',
    format: 'pcm_s16le, 8000 Hz',
    texts: [TEXT],
    figures,
    clips,
    failures: [],
    ...more,
  };
}

/** What is heard in every clip. */
export const TONE = wavOf(
  Float32Array.from({ length: 8000 * SECONDS }, (_, i) => 0.3 * Math.sin(i / 5)),
  8000,
);

async function* sounds(count: number): AsyncGenerator<AsyncIterable<Uint8Array>> {
  for (let i = 0; i < count; i++) {
    yield (async function* () {
      // Cut where no group of three bytes ends.
      for (let at = 0; at < TONE.length; at += 10_000) yield TONE.subarray(at, at + 10_000);
    })();
  }
}

/** The page's file, with the sound of the first `sounded` clips. */
export async function htmlOf(data: PageData, sounded = data.clips.length): Promise<string> {
  let html = '';
  for await (const piece of renderPage(data, sounds(sounded), await loadPageAssets())) html += piece;
  return html;
}
