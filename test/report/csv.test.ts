import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvLine } from '../../src/report/csv.ts';

describe('CSV', () => {
  it('quotes what needs quotes and leaves the rest as it is', () => {
    const line = csvLine(['plain', 'a,b', 'say "hi"', 'two\nlines', ' blank ', 1.5, -3, true, undefined]);
    assert.equal(line, 'plain,"a,b","say ""hi""","two\nlines"," blank ",1.5,-3,true,\r\n');
  });

  it('T8: what begins like a formula is text, whatever white space is in front', () => {
    for (const formula of ['=cmd|x', '+1', '-1+1', '@SUM(A1)', '\t=1', '  =1', '＝1']) {
      assert.match(csvLine([formula]), /^"?'/, formula);
    }
    assert.equal(csvLine(["it's", 'a=b']), "it's,a=b\r\n");
  });
});
