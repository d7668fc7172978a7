/** The picture in README is of what the program shows today. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { draw, PICTURE, playScene, SCENE } from '../scripts/picture.ts';
import { requireBuild } from './support/cli.ts';
import { without } from './support/programs.ts';

/** The text without how long things took and how wide that was: each run has its own. */
function gist(picture: string): string[] {
  const texts = [...picture.matchAll(/>([^<>]+)<\/text>/g)].map(([, text = '']) => text);
  return texts.map(text => text.replaceAll(/\d+(\.\d+)?/g, '0'));
}

describe('the picture of a terminal', { skip: without('python3') }, () => {
  it('shows what its commands print', () => {
    requireBuild();
    const picture = readFileSync(PICTURE, 'utf8');
    assert.deepEqual(gist(draw(playScene())), gist(picture), 'make it again: node --import tsx scripts/picture.ts');
    for (const line of SCENE) assert.ok(picture.includes(line.replaceAll('"', '&quot;')), line);
  });

  it('needs nothing from elsewhere and names nothing of a machine', () => {
    const picture = readFileSync(PICTURE, 'utf8');
    assert.doesNotMatch(picture, /href|url\(|<script|<style|\/tmp|\/home|\/root|\/Users/);
    assert.match(picture, /^<svg [^>]*viewBox="0 0 \d+ \d+"[^>]*role="img"/);
  });
});
