import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createTagFilter } from '../../src/text/tag-filter.ts';
import { plain } from '../../src/text/tags.ts';

const TEXT =
  'Hi<speed ratio="1.2"/>there <break time="1 s" /> <break my heart> <volume level="1"/> <spell>AB</spell>. <b> x';

test('tags go, whole or in parts, and what looks like one stays', () => {
  const filter = createTagFilter();
  assert.deepEqual(filter(['Hi', '<break', 'time="1', 's"/>you', '<break', 'my', 'heart>', '<spell>A</spell>.']), [
    ...['Hi', '', '', 'you', '<break', 'my', 'heart>', 'A.'],
  ]);
});

test('no letter is lost or kept, however the words arrive', () => {
  const words = TEXT.split(' ');
  const letters = (text: string) => text.replace(/\s/g, '');
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: words.length, maxLength: words.length }), cuts => {
      const filter = createTagFilter();
      const found: string[] = [];
      let batch: string[] = [];
      for (const [i, word] of words.entries()) {
        batch.push(word);
        if (!cuts[i]) continue;
        found.push(...filter(batch));
        batch = [];
      }
      found.push(...filter(batch));
      assert.equal(letters(found.join('')), letters(plain(TEXT)));
    }),
  );
});
