import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alignedTable, tabSeparated } from '../../src/commands/table.ts';
import { displayWidth } from '../../src/host-columns.ts';

const COLUMNS = [
  { title: 'ID' },
  { title: 'NAME', least: 4 },
  { title: 'N', align: 'right' },
  { title: 'MORE', least: 6, spare: 1 },
] as const;
const ROWS = [
  ['a', 'Anna', '1', 'says a lot of things'],
  ['bbbb', 'Bernadette the Second', '100', ''],
];
const lines = (width: number) => alignedTable(COLUMNS, ROWS, width).trimEnd().split('\n');

describe('a table', () => {
  it('lines its columns up under their titles, without blanks at line ends', () => {
    assert.deepEqual(lines(200), [
      'ID    NAME                     N  MORE',
      'a     Anna                     1  says a lot of things',
      'bbbb  Bernadette the Second  100',
    ]);
  });

  it('fits into the width: the widest gives first, then what can be spared goes', () => {
    for (const width of [40, 30, 20])
      for (const line of lines(width)) assert.ok(displayWidth(line) <= width, `${width}: ${line}`);
    assert.match(lines(40).join('\n'), /Bernadett.*…/);
    assert.doesNotMatch(lines(20).join('\n'), /MORE/);
  });

  it('never cuts what must be whole, however narrow it gets', () => {
    assert.match(lines(1).join('\n'), /^bbbb {2}Ber… {2}100$/m);
  });

  it('a column without anything in it is left out', () => {
    assert.equal(
      alignedTable(
        [{ title: 'A' }, { title: 'B' }],
        [
          ['1', ''],
          ['2', ''],
        ],
        80,
      ),
      'A\n1\n2\n',
    );
  });

  it('wide characters take two columns, marks none', () => {
    assert.equal(displayWidth('日本'), 4);
    assert.equal(displayWidth('e\u0301a'), 2);
    const table = alignedTable(
      [{ title: 'A', least: 3 }, { title: 'B' }],
      [
        ['日本語', 'x'],
        ['abc', 'y'],
      ],
      80,
    );
    assert.equal(table, 'A       B\n日本語  x\nabc     y\n');
    assert.match(alignedTable([{ title: 'A', least: 3 }, { title: 'B' }], [['日本語', 'x']], 7), /^日… +x$/m);
  });

  it('for programs there are tabs and no titles', () => {
    assert.equal(
      tabSeparated([
        ['a', 'b'],
        ['c', ''],
      ]),
      'a\tb\nc\t\n',
    );
  });
});
