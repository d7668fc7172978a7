/** A Chromium that is installed, headless, for tests of a page as its readers meet it. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--mute-audio',
];

// As Debian calls it, as Ubuntu does, and what GitHub's machines have.
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The program; `chromium` where there is none. */
export const BROWSER = NAMES.find(name => findBrowser(name) !== undefined) ?? 'chromium';

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser(BROWSER) ?? BROWSER, args: FLAGS });
}

function findBrowser(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name));
  return places.find(file => existsSync(file));
}

export interface Visit extends AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of the page, and questions it asked. */
  readonly complaints: readonly string[];
  /** Addresses that were asked for beside the page itself. */
  readonly requests: readonly string[];
}

/** Opens the file `path` in a browser of its own. */
export async function visit(browser: Browser, path: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', message => {
    if (['error', 'warning', 'assert'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('dialog', dialog => {
    complaints.push(`asked: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', request => requests.push(request.url()));
  await page.goto(`file://${path}`);
  return { page, complaints, requests, [Symbol.asyncDispose]: () => context.close() };
}
