/** The audition page in a real browser: what is heard, seen and typed. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { FIGURES } from '../../src/report/figures.ts';
import type { PageData } from '../../src/report/page-data.ts';
import { clip, htmlOf, pageData, SECONDS, TEXT, TONE, WORDS } from '../support/audition.ts';
import { BROWSER, openBrowser, visit } from '../support/browser.ts';
import { requireBuild } from '../support/cli.ts';
import { without } from '../support/programs.ts';

const HOSTILE = '</script><img src=x onerror=alert(1)><script>alert(2)</script>&lt;b&gt;\u2028"\'';

describe('the audition page', { skip: without(BROWSER), concurrency: 3, timeout: 120_000 }, () => {
  let browser: Browser;
  let folder = '';
  let path = '';
  before(async () => {
    requireBuild();
    browser = await openBrowser();
    folder = await mkdtemp(join(tmpdir(), 'aloud-page-'));
    path = await save('plain', pageData([0, 1, 2, 3, 4, 5, 6, 7].map(index => clip(index))));
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function save(name: string, data: PageData, sounded?: number): Promise<string> {
    const file = join(folder, `${name}.html`);
    await writeFile(file, await htmlOf(data, sounded));
    return file;
  }

  const card = (page: Page, name: string) =>
    page.locator('.card', { has: page.getByRole('heading', { name, exact: true }) });
  const position = async (page: Page, name: string) =>
    Number(await card(page, name).getByRole('slider').getAttribute('aria-valuenow'));
  /** Looks until it is so. */
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!(await isSo())) assert.ok(performance.now() < deadline, 'it never was so');
  }
  const names = (page: Page) => page.locator('.card h2').allTextContents();

  it('plays, marks the word that is spoken, and pauses', async () => {
    await using visited = await visit(browser, path);
    const { page, complaints } = visited;
    const voice = card(page, 'Voice 2');
    await voice.getByRole('button', { name: 'Play Voice 2' }).click();
    // Follows the sound: whenever it is looked at, the word is the one at that place.
    const seen = new Set<string>();
    while (!seen.has('two')) {
      const [at, word] = await voice.evaluate(
        each =>
          [
            Number(each.querySelector('[role=slider]')?.getAttribute('aria-valuenow')),
            each.querySelector('.spoken')?.textContent ?? '',
          ] as const,
      );
      if (at === 0) continue;
      seen.add(word);
      const expected = WORDS.filter(([, start, end]) => at >= start - 0.01 && at < end + 0.1).map(([text]) =>
        text.replace('.', ''),
      );
      assert.ok(
        expected.some(text => word.startsWith(text)),
        `${word} at ${at}`,
      );
    }
    await voice.getByRole('button', { name: 'Pause Voice 2' }).click();
    await voice.getByRole('button', { name: 'Play Voice 2' }).waitFor();
    const stopped = await position(page, 'Voice 2');
    assert.ok(stopped > 1 && stopped < SECONDS, String(stopped));
    assert.equal(await position(page, 'Voice 2'), stopped);
    assert.deepEqual(complaints, []);
  });

  it('a click in the waveform goes to that place, a click on a word to the word', async () => {
    await using visited = await visit(browser, path);
    const { page } = visited;
    await card(page, 'Voice 3').scrollIntoViewIfNeeded();
    const wave = card(page, 'Voice 3').getByRole('slider');
    const box = await wave.boundingBox();
    assert.ok(box);
    await wave.click({ position: { x: box.width * 0.75, y: 10 } });
    await page.locator('.current .spoken', { hasText: 'four' }).waitFor();
    const at = await position(page, 'Voice 3');
    assert.ok(at >= 2.95 && at < 3.9, String(at));
    await card(page, 'Voice 3').locator('.word', { hasText: 'two' }).click();
    await page.locator('.current .spoken', { hasText: 'two' }).waitFor();
  });

  it('End and Home on the waveform go to the last half second and to the start', async () => {
    await using visited = await visit(browser, path);
    const { page } = visited;
    const wave = card(page, 'Voice 3').getByRole('slider');
    await wave.focus();
    await page.keyboard.press('End');
    await until(async () => (await position(page, 'Voice 3')) >= SECONDS - 0.5);
    await page.keyboard.press('Space');
    await page.keyboard.press('Home');
    await until(async () => (await position(page, 'Voice 3')) < SECONDS / 2);
  });

  it('one plays at a time, and with "Play on" the next one follows', async () => {
    await using visited = await visit(browser, path);
    const { page } = visited;
    const [first = '', second = ''] = await names(page);
    await page.getByLabel('Play on').check();
    await card(page, first).locator('.play').click();
    await page.locator('.playing').waitFor();
    // Near the end of it, so that the test need not listen.
    const wave = card(page, first).getByRole('slider');
    const box = await wave.boundingBox();
    await wave.click({ position: { x: (box?.width ?? 0) * 0.97, y: 10 } });
    await card(page, second).and(page.locator('.playing')).waitFor();
    assert.equal(await page.locator('.playing').count(), 1);
  });

  it('space, arrows and 1 to 5 do what they say, unless somebody is typing', async () => {
    await using visited = await visit(browser, path);
    const { page, complaints } = visited;
    const [first = '', second = ''] = await names(page);
    await page.keyboard.press('Space');
    await card(page, first).and(page.locator('.playing')).waitFor();
    await page.keyboard.press('Space');
    await page.locator('.playing').waitFor({ state: 'detached' });
    const paused = await position(page, first);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await until(async () => Math.abs((await position(page, first)) - Math.min(SECONDS, paused + 2)) < 0.02);
    await page.keyboard.press('ArrowLeft');
    await until(async () => Math.abs((await position(page, first)) - Math.min(SECONDS, paused + 2) + 1) < 0.02);
    await page.keyboard.press('Space');
    await page.locator('.playing').waitFor();
    await page.keyboard.press('ArrowDown');
    await card(page, second).and(page.locator('.playing')).waitFor();
    assert.equal(await page.locator(':focus').getAttribute('aria-label'), `Pause ${second}`);
    // On the button in focus, space is the button's: once, not twice.
    await page.keyboard.press('Space');
    await page.locator('.playing').waitFor({ state: 'detached' });
    await page.keyboard.press('4');
    const pressed = card(page, second).locator('.rate[aria-pressed=true]');
    assert.equal(await pressed.textContent(), '4');
    await page.keyboard.press('2');
    assert.equal(await pressed.textContent(), '2');
    await page.keyboard.press('0');
    assert.equal(await pressed.count(), 0);
    await page.getByRole('searchbox').fill('');
    await page.getByRole('searchbox').pressSequentially('5 ');
    assert.equal(await page.locator('.rate[aria-pressed=true]').count(), 0);
    assert.equal(await page.locator('.playing').count(), 0);
    await page.getByText('Keys', { exact: true }).click();
    await page.getByLabel('Use these keys').uncheck();
    await card(page, 'Voice 5').locator('.play').focus();
    await page.keyboard.press('3');
    assert.equal(await page.locator('.rate[aria-pressed=true]').count(), 0);
    assert.deepEqual(complaints, []);
  });

  it('sorts by every figure, best first or worst first, and what has none comes last', async () => {
    await using visited = await visit(browser, path);
    const { page } = visited;
    const data = pageData([0, 1, 2, 3, 4, 5, 6, 7].map(index => clip(index)));
    for (const [at, { label, best }] of FIGURES.entries()) {
      await page.getByLabel('Sort by').selectOption({ label });
      const values = (await names(page)).map(name => data.clips[Number(name.slice(6))]?.values[at] ?? null);
      const known = values.filter(value => value !== null);
      assert.deepEqual(
        known,
        [...known].sort((a, b) => (best === 'low' ? a - b : b - a)),
        label,
      );
      assert.ok(!values.slice(0, known.length).includes(null), label);
      assert.equal(await page.locator('.card').first().locator('.sorted dt').textContent(), label);
    }
    await page.getByLabel('Sort by').selectOption('Name');
    const up = await names(page);
    assert.deepEqual(
      up,
      [0, 1, 2, 3, 4, 5, 6, 7].map(index => `Voice ${index}`),
    );
    await page.getByRole('button', { name: 'Best first' }).click();
    assert.deepEqual(await names(page), up.reverse());
  });

  it('finds voices, and shows one text of several', async () => {
    const texts = [TEXT, 'Another one.'];
    const clips = [0, 1, 2, 3].map(index => clip(index, { text: index % 2, language: index === 3 ? 'fr' : 'en' }));
    await using visited = await visit(browser, await save('texts', pageData(clips, { texts })));
    const { page } = visited;
    await page.getByLabel('Text').selectOption('Another one.');
    assert.deepEqual((await names(page)).sort(), ['Voice 1', 'Voice 3']);
    await page.getByRole('searchbox').fill('FR voice');
    assert.deepEqual(await names(page), ['Voice 3']);
    assert.equal(await page.locator('.count').textContent(), '1 of 4 recordings');
  });

  it('blind listening hides every name and figure and shuffles; ratings keep the names', async () => {
    const clips = Array.from({ length: 40 }, (_, index) =>
      clip(index, { name: `Person${index}`, voice: `secret-${index}`, breaches: ['too slow'] }),
    );
    const failures = [{ name: 'Person99', voice: 'secret-99', model: 'sonic', text: 0, message: 'no' }];
    await using visited = await visit(browser, await save('blind', pageData(clips, { failures })), {
      acceptDownloads: true,
    });
    const { page, complaints } = visited;
    const order = await page.locator('.card').evaluateAll(all => all.map(each => each.id));
    await page.getByRole('button', { name: 'Blind listening' }).click();
    const shuffled = await page.locator('.card').evaluateAll(all => all.map(each => each.id));
    assert.notDeepEqual(shuffled, order);
    assert.deepEqual([...shuffled].sort(), [...order].sort());
    assert.deepEqual((await names(page)).slice(0, 3), ['Sample 1', 'Sample 2', 'Sample 3']);
    const spoken = await page.locator('body').ariaSnapshot();
    const seen = await page.locator('body').innerText();
    for (const text of [spoken, seen]) assert.doesNotMatch(text, /Person|secret|female|too slow|LUFS/);
    // Not even where only a developer would look.
    assert.doesNotMatch(await page.locator('.cards').innerHTML(), /Person|secret|female/);
    assert.equal(await page.getByLabel('Sort by').isDisabled(), true);
    await page.keyboard.press('5');
    const rated = Number((shuffled[0] ?? '').replace('clip-', ''));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export ratings (1)' }).click(),
    ]);
    const { ratings, blind } = JSON.parse(await readFile((await download.path()) ?? '', 'utf8'));
    assert.equal(download.suggestedFilename(), 'ratings.json');
    assert.equal(blind, true);
    assert.deepEqual(ratings, [
      {
        voice: `secret-${rated}`,
        name: `Person${rated}`,
        model: 'sonic',
        text: TEXT,
        file: `voice-${rated}/one.wav`,
        rating: 5,
      },
    ]);
    await page.getByRole('button', { name: 'Blind listening' }).click();
    assert.deepEqual(await page.locator('.card').evaluateAll(all => all.map(each => each.id)), order);
    assert.match((await names(page)).join(), /Person0/);
    assert.deepEqual(complaints, []);
  });

  it('ratings are still there when the page is opened again', async () => {
    await using visited = await visit(browser, path);
    const { page } = visited;
    await page.keyboard.press('3');
    await page.reload();
    assert.equal(await page.locator('.rate[aria-pressed=true]').count(), 1);
    await page.getByRole('button', { name: 'Export ratings (1)' }).waitFor();
  });

  it('T8: text from outside is shown as it is and never becomes mark-up', async () => {
    const hostile = clip(0, {
      name: HOSTILE,
      voice: HOSTILE,
      language: HOSTILE,
      gender: HOSTILE,
      model: HOSTILE,
      file: HOSTILE,
      breaches: [HOSTILE],
      words: [[HOSTILE, 0, 1]],
    });
    const data = pageData([hostile], {
      id: HOSTILE,
      provider: HOSTILE,
      format: HOSTILE,
      texts: [HOSTILE, '<h1>no</h1>'],
      failures: [{ name: HOSTILE, voice: HOSTILE, model: HOSTILE, text: 0, message: HOSTILE }],
    });
    await using visited = await visit(browser, await save('hostile', data));
    const { page, complaints, requests } = visited;
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.locator('h1').count(), 1);
    assert.equal(await page.locator('.card h2').textContent(), HOSTILE);
    assert.equal(await page.locator('.words').textContent(), HOSTILE);
    assert.equal(await page.locator('.breach').textContent(), HOSTILE);
    assert.deepEqual(complaints, []);
    assert.equal(requests.length, 1, requests.join(' '));
  });

  it('nothing is asked of anybody, and its policy stops what would be', async () => {
    await using visited = await visit(browser, path);
    const { page, requests } = visited;
    await page.locator('.play').first().click();
    await page.locator('.playing').waitFor();
    assert.deepEqual(
      requests.filter(url => !url.startsWith('blob:') && !url.startsWith('file:') && !url.startsWith('data:')),
      [],
    );
    const stopped = await page.evaluate(`(async () => {
      const refused = [];
      const attempt = async (name, work) => { try { await work(); } catch { refused.push(name); } };
      await attempt('fetch', () => fetch('http://127.0.0.1:9/'));
      await attempt('innerHTML', () => { document.body.innerHTML = '<b>x</b>'; });
      const script = document.createElement('script');
      await attempt('script', () => { script.textContent = 'document.title = "owned"'; document.body.append(script); });
      return { refused, title: document.title };
    })()`);
    assert.deepEqual(stopped, { refused: ['fetch', 'innerHTML', 'script'], title: 'Audition' });
  });

  it('a sound that is not there is said, not thrown', async () => {
    await using visited = await visit(browser, await save('soundless', pageData([clip(0)]), 0));
    const { page, complaints } = visited;
    await page.locator('.play').click();
    assert.equal(await page.getByRole('status').textContent(), 'Voice 0 cannot be played here.');
    assert.deepEqual(complaints, []);
  });

  for (const [name, options] of Object.entries({
    light: { colorScheme: 'light' },
    dark: { colorScheme: 'dark' },
    phone: { colorScheme: 'light', viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true },
  } as const)) {
    it(`has no fault that axe knows (${name}), and nothing is wider than the screen`, async () => {
      const clips = [0, 1, 2].map(index =>
        clip(index, {
          breaches: index === 1 ? ['0.80 s of silence in front'] : [],
          name: `${'Wide'.repeat(30 * index)} Voice ${index}`,
        }),
      );
      const failures = [{ name: 'Person', voice: 'x', model: 'sonic', text: 0, message: 'no such voice' }];
      const file = await save(`axe-${name}`, pageData(clips, { texts: [TEXT, 'x'], failures }));
      await using visited = await visit(browser, file, options);
      const { page } = visited;
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      const check = async () => {
        // Run beside the page, not put into it: its policy would refuse that.
        const faults = await page.evaluate(`${axe}; axe.run(document).then(({ violations }) =>
          violations.map(({ id, nodes }) => id + ': ' + nodes.map(node => node.html).join(' ')))`);
        assert.deepEqual(faults, []);
      };
      await page.locator('.rate').nth(3).click();
      await page.locator('.play').first().click();
      await page.locator('.spoken').first().waitFor();
      await page.keyboard.press('Space');
      await check();
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      await page.getByText('Keys', { exact: true }).click();
      await page.getByRole('button', { name: 'Blind listening' }).click();
      await check();
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
    });
  }

  it('five thousand recordings stay quick: only those in view are built', async () => {
    const clips = Array.from({ length: 5000 }, (_, index) => clip(index));
    const file = await save('many', pageData(clips), 3);
    const opened = performance.now();
    await using visited = await visit(browser, file);
    const { page, complaints } = visited;
    await page.locator('.figures').first().waitFor();
    const openMs = performance.now() - opened;
    assert.ok(openMs < 6000, `opened in ${openMs} ms`);
    const built = await page.locator('.figures').count();
    assert.ok(built > 0 && built < 100, `${built} built`);
    const sortMs = Number(
      await page.evaluate(`(() => {
        const select = document.querySelector('select');
        select.value = '3';
        const started = performance.now();
        select.dispatchEvent(new Event('change'));
        // Layout is a part of it.
        void document.body.offsetHeight;
        return performance.now() - started;
      })()`),
    );
    assert.ok(sortMs < 1500, `sorted in ${sortMs} ms`);
    await page.evaluate('scrollTo(0, document.body.scrollHeight)');
    await page.locator('.card').last().locator('.figures').waitFor();
    assert.deepEqual(complaints, []);
  });
});

describe('the file of the page', () => {
  it('names nothing outside of itself', async () => {
    requireBuild();
    const html = await htmlOf(pageData([clip(0)]));
    // What SVG is called looks like an address, but nobody goes there.
    assert.doesNotMatch(
      html.replaceAll('"http://www.w3.org/2000/svg"', ''),
      /https?:\/\/|@import|url\(|<\w+[^>]* src=/,
    );
    assert.match(html, /http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/);
  });

  it('holds the sound byte for byte', async () => {
    const html = await htmlOf(pageData([clip(0), clip(1)]));
    const found = [...html.matchAll(/<template id="audio-\d+">([^<]*)</g)].map(match =>
      Buffer.from(match[1] ?? '', 'base64'),
    );
    assert.deepEqual(found, [TONE, TONE]);
  });
});
