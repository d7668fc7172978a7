import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lengthOfLeadingTags, saidAgain, tagsInForce } from '../../src/text/tags-in-force.ts';

const slow = '<speed ratio="0.8"/>';
const fast = '<speed ratio="1.4"/>';
const loud = "<volume level='2'/>";
const sad = '<emotion value="sad"/>';

describe('the tags that hold for the rest of a text', () => {
  it('are the last of each kind, as they were written', () => {
    assert.deepEqual(tagsInForce(`${slow}a ${loud}b${fast} c`), [loud, fast]);
    assert.deepEqual(tagsInForce('d', [sad]), [sad]);
    assert.deepEqual(tagsInForce(`d${sad}`, ['<emotion value="glad"/>', slow]), [slow, sad]);
  });

  it('are not those that hold for a moment, or are none', () => {
    assert.deepEqual(tagsInForce('a <break time="1s"/> <spell>b</spell> <speed ratio="x"/> 1 < 2 <speed'), []);
  });

  it('are the same however the text is cut between tags', () => {
    const part = fc.constantFrom(slow, fast, loud, sad, 'word ', '<', '<break time="1s"/>', '\n');
    fc.assert(
      fc.property(fc.array(fc.array(part, { maxLength: 6 }), { maxLength: 6 }), cut => {
        const inSteps = cut.reduce<readonly string[]>((before, parts) => tagsInForce(parts.join(''), before), []);
        assert.deepEqual(inSteps, tagsInForce(cut.flat().join('')));
        assert.deepEqual(tagsInForce(saidAgain(inSteps)), inSteps);
      }),
    );
  });

  it('at the start are told from what is heard', () => {
    assert.equal(lengthOfLeadingTags(` ${slow} ${sad}  word ${fast}`), ` ${slow} ${sad}`.length);
    for (const text of ['', 'word', '  word', '<break time="1s"/>', `<b>${slow}`])
      assert.equal(lengthOfLeadingTags(text), 0);
    assert.equal(lengthOfLeadingTags(saidAgain([slow, loud])), slow.length + 1 + loud.length);
  });
});
