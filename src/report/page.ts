/** Writes the audition page: one HTML file with script, style, data and sound in it, and nothing from anywhere else. */
import { createHash } from 'node:crypto';
import { audioElementId, DATA_ELEMENT_ID, type PageData } from './page-data.ts';

/** The page's own script and style, as text. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/**
 * The page in pieces. `sounds` are the WAV files of the clips, in their order, and are read one after the other.
 *
 * Nothing from outside becomes mark-up: data is JSON without any `<`, sound is base64, and the script puts text into
 * the page as text only, to which the page's own policy holds it.
 */
export async function* renderPage(
  data: PageData,
  sounds: AsyncIterable<AsyncIterable<Uint8Array>>,
  { script, style }: PageAssets,
): AsyncGenerator<string> {
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script, style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Audition</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<noscript>This page plays and compares recordings with a script of its own, which is switched off here.</noscript>
<script type="application/json" id="${DATA_ELEMENT_ID}">${inert(JSON.stringify(data))}</script>
<script>${script}</script>
`;
  let clip = 0;
  // Templates are as inert as scripts of another type, which browsers still read as scripts, in case they are.
  for await (const sound of sounds) {
    yield `<template id="${audioElementId(clip++)}">`;
    yield* base64(sound);
    yield '</template>\n';
  }
  yield '</body>\n</html>\n';
}

/** Only what is in the page runs, known by its hash; nothing is loaded, sent or framed, and no text becomes mark-up. */
function policy(script: string, style: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'media-src blob:',
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

function hashOf(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

/** JSON that cannot end the element it stands in. */
function inert(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

async function* base64(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const joined =
      held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) : Buffer.concat([held, chunk]);
    // Three bytes are four characters.
    const whole = joined.length - (joined.length % 3);
    yield joined.toString('base64', 0, whole);
    held = Buffer.from(joined.subarray(whole));
  }
  yield held.toString('base64');
}
