/** The page of voices-test with a thousand voices, in Chromium. */
import { existsSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../test/support/browser.ts';
import type { Benchmark } from '../support/benchmark.ts';
import { ALOUD, runNode } from '../support/process.ts';

const VOICES = 1000;
const CHROMIUM = '/usr/bin/chromium';

const row = (what: string, measure: string, atMost?: number) => ({
  what,
  contender: 'page',
  measure,
  unit: 'ms',
  ...(atMost === undefined ? {} : { bound: { atMost } }),
});

export const auditionPage: Benchmark = {
  name: 'audition-page',
  what: 'The page of voices-test with a thousand voices and their sound in it, in headless Chromium: to the first frame with all of them; from a key in the search field, and from a choice of order, to the frame that shows it; the longest frame while scrolling by a screen a frame.',
  rounds: { full: 5, quick: 2 },
  rows: [
    row('load', 'loadMs'),
    row('filter: key to frame', 'filterMs', 100),
    row('order: choice to frame', 'orderMs', 100),
    row('scroll: longest frame', 'scrollMs', 100),
  ],
  async prepare(workshop) {
    if (!existsSync(CHROMIUM))
      return { contenders: [], missing: 'Chromium is not installed here.', async [Symbol.asyncDispose]() {} };
    const service = await workshop.service();
    await service.behave({ seconds: 0.3 });
    const path = workshop.file('audition.html');
    const voices = Array.from({ length: VOICES }, (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`);
    const flags = ['--sample-rate', '8000', '--text', 'Hello there', '--jobs', '8', '-q', '--report', path];
    const to = ['--provider', 'cartesia', '--base-url', service.plain];
    await runNode({
      args: [ALOUD, 'voices-test', ...to, ...flags, ...voices],
      env: workshop.env,
      cwd: workshop.folder,
    });
    const browser = await openBrowser();
    return {
      contenders: [
        {
          name: 'page',
          async run() {
            const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
            try {
              await page.goto(`file://${path}`);
              const loadMs = await allShown(page);
              return { loadMs, ...(await use(page)) };
            } finally {
              await page.close();
            }
          },
        },
      ],
      [Symbol.asyncDispose]: () => browser.close(),
    };
  },
};

/** Milliseconds from the start of the page to a frame in which all voices are. */
function allShown(page: Page): Promise<number> {
  return page.evaluate(`new Promise(resolve => {
    const look = () => document.querySelectorAll('.card').length === ${VOICES}
      ? requestAnimationFrame(() => resolve(performance.now()))
      : requestAnimationFrame(look);
    look();
  })`);
}

/** Works the page from inside, so that no message between processes is measured with it. */
function use(page: Page): Promise<{ filterMs: number; orderMs: number; scrollMs: number }> {
  return page.evaluate(`(async () => {
    const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
    // As the load counts them. To ask each whether it is visible would lay out what the browser leaves out.
    const shown = () => document.querySelectorAll('.card').length;
    const timed = async (act, isDone) => {
      await frame();
      const start = performance.now();
      act();
      do await frame(); while (!isDone() && performance.now() - start < 5000);
      // The frame after that: the first is painted by then.
      await new Promise(resolve => setTimeout(resolve));
      return performance.now() - start;
    };
    const search = document.querySelector('input[type=search]');
    const say = text => { search.value = text; search.dispatchEvent(new Event('input', { bubbles: true })); };
    const filterMs = await timed(() => say('00000000042'), () => shown() < ${VOICES});
    const all = await timed(() => say(''), () => shown() === ${VOICES});
    const order = document.querySelector('select');
    const orderMs = order === null ? 0 : await timed(() => {
      order.selectedIndex = order.options.length - 1;
      order.dispatchEvent(new Event('change', { bubbles: true }));
    }, () => true);
    let scrollMs = 0;
    let last = await frame();
    for (let i = 0; i < 60; i++) {
      scrollTo(0, innerHeight * i);
      const now = await frame();
      scrollMs = Math.max(scrollMs, now - last);
      last = now;
    }
    return { filterMs: Math.max(filterMs, all), orderMs, scrollMs };
  })()`);
}
