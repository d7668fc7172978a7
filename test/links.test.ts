/** What the pages point at is there: links, headings, and the files of the code that they name. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const PAGES = [
  ...readdirSync(ROOT).filter(name => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs')).flatMap(name => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** Headings as GitHub makes anchors of them. */
function anchorsOf(page: string): string[] {
  const headings = [...withoutCode(read(page)).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return headings.map(heading =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```/gms, '');
}

describe('the pages', () => {
  it('are all looked at', () => {
    for (const page of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/architecture.md', 'docs/serve.md']) {
      assert.ok(PAGES.includes(page), page);
    }
  });

  for (const page of PAGES) {
    it(`${page} links to what is there`, () => {
      const links = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
      for (const link of links.filter(each => !/^[a-z]+:/i.test(each))) {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        assert.ok(statSync(join(ROOT, target), { throwIfNoEntry: false }), `${link} leads nowhere`);
        if (anchor !== undefined) assert.ok(anchorsOf(target).includes(anchor), `${link}: no such heading`);
      }
    });

    it(`${page} has secure addresses only`, () => {
      const addresses = [...withoutCode(read(page)).matchAll(/\bhttp:\/\/[^\s)`]+/g)].map(([address]) => address);
      assert.deepEqual(
        addresses.filter(address => !/^http:\/\/(127\.0\.0\.1|localhost|user|proxy)/.test(address)),
        [],
      );
    });

    it(`${page} names files of the code that there are`, () => {
      // CHANGELOG tells of what there was.
      if (page === 'CHANGELOG.md') return;
      const named = [...read(page).matchAll(/(?<![\w/])((?:src|test|scripts|schemas|bin)\/[\w./-]*\w\/?)/g)].map(
        ([, path = '']) => path,
      );
      for (const path of named)
        assert.ok(statSync(join(ROOT, path), { throwIfNoEntry: false }), `${path} is not there`);
    });
  }
});
