/** The list of the audition page in a real browser: what is there of a long one, and when. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { clip, htmlOf, pageData } from '../support/audition.ts';
import { BROWSER, openBrowser, visit } from '../support/browser.ts';
import { requireBuild } from '../support/cli.ts';
import { without } from '../support/programs.ts';

describe('a long list of recordings', { skip: without(BROWSER), timeout: 60_000 }, () => {
  const COUNT = 300;
  let browser: Browser;
  let folder = '';
  let long = '';
  before(async () => {
    requireBuild();
    browser = await openBrowser();
    folder = await mkdtemp(join(tmpdir(), 'aloud-list-'));
    long = join(folder, 'long.html');
    const clips = Array.from({ length: COUNT }, (_, index) => clip(index, { name: `Long${index}.` }));
    await writeFile(long, await htmlOf(pageData(clips), 0));
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is built before it is seen, wherever one goes', async () => {
    await using visited = await visit(browser, long);
    const { page, complaints } = visited;
    const bare = await page.evaluate(`(async () => {
      const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
      const bare = [];
      const end = document.body.scrollHeight;
      for (const top of [0, 700, 1400, 20000, 5000, end, end - 900, 0]) {
        scrollTo(0, top);
        await frame();
        for (const card of document.querySelectorAll('.card')) {
          const { top, bottom } = card.getBoundingClientRect();
          if (bottom > 0 && top < innerHeight && !(card.querySelector('dd') && card.querySelector('[d^=M]')))
            bare.push(card.id);
        }
      }
      return bare;
    })()`);
    assert.deepEqual(bare, []);
    assert.deepEqual(complaints, []);
  });

  it('keeps its height while one goes through it', async () => {
    await using visited = await visit(browser, long);
    const { page } = visited;
    const heights = (await page.evaluate(`(async () => {
      const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
      for (let i = 0; i < 3; i++) await frame();
      const heights = [];
      for (let top = 0; top < 8000; top += 400) {
        scrollTo(0, top);
        await frame();
        heights.push(document.body.scrollHeight);
      }
      return heights;
    })()`)) as number[];
    assert.ok(Math.max(...heights) - Math.min(...heights) < 20, heights.join(' '));
  });

  it('is at the card that an address names', async () => {
    await using visited = await visit(browser, `${long}#clip-200`);
    const { page } = visited;
    await page.locator('#clip-200 dd').first().waitFor();
    const top = Number(await page.evaluate(`document.querySelector('#clip-200').getBoundingClientRect().top`));
    assert.ok(top >= 0 && top < 40, String(top));
  });

  it('tells of every card how far down it is, in the order that is shown', async () => {
    await using visited = await visit(browser, long);
    const { page } = visited;
    const places = () =>
      page
        .locator('.card:has(dd)')
        .evaluateAll(cards =>
          cards.map(card => [card.getAttribute('aria-posinset'), card.getAttribute('aria-setsize')].join(' of ')),
        );
    assert.deepEqual(
      (await places()).slice(0, 6),
      [1, 2, 3, 4, 5, 6].map(place => `${place} of ${COUNT}`),
    );
    await page.getByLabel('Sort by').selectOption('Name');
    assert.deepEqual((await places()).slice(0, 3), [`1 of ${COUNT}`, `2 of ${COUNT}`, `3 of ${COUNT}`]);
    await page.getByRole('searchbox').fill('Long29');
    assert.deepEqual((await places()).slice(0, 3), ['1 of 11', '2 of 11', '3 of 11']);
  });

  it('has the names of far cards where the browser looks for text', async () => {
    await using visited = await visit(browser, long);
    const { page } = visited;
    const last = await page.locator('.card h2').last().textContent();
    assert.equal(await page.locator('.card').last().locator('dd').count(), 0);
    assert.equal(await page.evaluate(`find(${JSON.stringify(last)})`), true);
    await page.locator('.card').last().locator('dd').first().waitFor();
    assert.ok(await page.locator('.card h2').last().isVisible());
  });

  it('is printed whole', async () => {
    await using visited = await visit(browser, long);
    await visited.page.pdf();
    assert.equal(await visited.page.locator('.card:has(dd)').count(), COUNT);
  });

  it('has waveforms that fit the window and have the colours of the scheme', async () => {
    await using visited = await visit(browser, long);
    const { page } = visited;
    const bars = () => page.evaluate(`document.querySelector('.ahead').getAttribute('d').split('M').length - 1`);
    const colour = () => page.evaluate(`getComputedStyle(document.querySelector('.ahead')).fill`);
    assert.equal(await bars(), 160);
    const light = await colour();
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.notEqual(await colour(), light);
    await page.setViewportSize({ width: 360, height: 640 });
    // Asked again and again from here: the page itself lets nobody evaluate text, as its own policy says.
    const isNarrow = `document.querySelector('.wave svg').viewBox.baseVal.width < 328`;
    for (let asked = 0; asked < 1000 && !(await page.evaluate(isNarrow)); asked++);
    // A bar has three pixels.
    assert.equal(await bars(), 98);
  });
});
