/** Debian's Chromium, headless, for tests of a page as its readers meet it. */
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

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
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
