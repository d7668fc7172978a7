/** What each kind of setting takes and declines. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  baseUrl,
  boolean,
  choice,
  date,
  integer,
  list,
  number,
  numberChoice,
  positive,
  text,
} from '../../src/settings/readers.ts';

describe('readers', () => {
  it('text is one line with something in it', () => {
    assert.equal(text().fromText('Ann'), 'Ann');
    for (const wrong of ['', '  ', 'a\nb', 'a\u001b[31m', '\ud800', 'x'.repeat(1001)]) {
      assert.equal(text().fromText(wrong), undefined, JSON.stringify(wrong));
    }
    for (const wrong of [1, true, null, undefined, ['a'], { a: 1 }]) assert.equal(text().fromData(wrong), undefined);
  });

  it('numbers are decimal, whole where asked, and within their limits', () => {
    const speed = number(0.6, 1.5);
    assert.equal(speed.fromText('1.5'), 1.5);
    assert.equal(speed.fromText('.6'), 0.6);
    for (const wrong of ['', '1,2', '0x1', '1e0', 'NaN', 'Infinity', ' 1', '1 ', '0.59', '1.51', '-1']) {
      assert.equal(speed.fromText(wrong), undefined, wrong);
    }
    assert.equal(speed.fromData('1.2'), undefined);
    assert.equal(speed.fromData(Number.NaN), undefined);
    assert.equal(integer(0, 5000).fromText('0'), 0);
    assert.equal(integer(0, 5000).fromText('1.5'), undefined);
    assert.equal(integer(0, 5000).fromData(5001), undefined);
    assert.equal(positive(10).fromText('0'), undefined);
    assert.equal(positive(10).fromText('0.001'), 0.001);
    assert.equal(numberChoice([8000, 16000]).fromText('16000'), 16000);
    assert.equal(numberChoice([8000, 16000]).fromText('11025'), undefined);
  });

  it('a number that is shown as text is read back the same', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.6, max: 1.5, noNaN: true }), value => {
        assert.equal(number(0.6, 1.5).fromText(String(value)), value);
      }),
    );
  });

  it('booleans are words in the environment and booleans in files', () => {
    assert.deepEqual(['1', 'YES', 'on', 'true'].map(boolean().fromText), [true, true, true, true]);
    assert.deepEqual(['0', 'no', 'Off', 'false'].map(boolean().fromText), [false, false, false, false]);
    assert.equal(boolean().fromText('maybe'), undefined);
    assert.equal(boolean().fromData('true'), undefined);
    assert.equal(boolean().fromData(false), false);
  });

  it('a choice is exact', () => {
    assert.equal(choice(['wav', 'raw']).fromText('wav'), 'wav');
    assert.equal(choice(['wav', 'raw']).fromText('WAV'), undefined);
    assert.equal(choice(['wav', 'raw']).fromText('constructor'), undefined);
  });

  it('a date is a day of the calendar, as YAML reads it too', () => {
    assert.equal(date().fromText('2026-03-01'), '2026-03-01');
    assert.equal(date().fromData(new Date('2026-03-01')), '2026-03-01');
    for (const wrong of ['2026-02-30', '2026-13-01', '26-03-01', '2026-03-01T00:00:00Z', 'today']) {
      assert.equal(date().fromText(wrong), undefined, wrong);
    }
    assert.equal(date().fromData(new Date('2026-03-01T10:00:00Z')), undefined);
    assert.equal(date().fromData(new Date(Number.NaN)), undefined);
  });

  it('an address is encrypted, or on this machine, and holds no secrets', () => {
    const right = [
      'wss://a.example',
      'https://a.example/x',
      'ws://localhost:8787',
      'http://127.0.0.1',
      'ws://[::1]:1',
      'ws://127.1',
    ];
    for (const url of right) assert.equal(typeof baseUrl().fromText(url), 'string', url);
    const wrong = [
      'ws://a.example',
      'http://10.0.0.1',
      'http://0.0.0.0',
      'ws://localhost.evil.example',
      'ws://127.0.0.1.evil.example',
      'ws://foo.localhost',
      'ftp://localhost',
      'file:///etc/passwd',
      'wss://user:sk_canary@a.example',
      'wss://a.example/?api_key=sk_canary',
      'wss://a.example/#x',
      'a.example',
      '',
      'wss://a.example/\n',
    ];
    for (const url of wrong) assert.equal(baseUrl().fromText(url), undefined, url);
  });

  it('a list is names with commas, or a list of names', () => {
    const regions = list(/^[a-z0-9-]+$/);
    assert.deepEqual(regions.fromText('us-east-1, eu-west-1'), ['us-east-1', 'eu-west-1']);
    assert.deepEqual(regions.fromData(['us-east-1']), ['us-east-1']);
    for (const wrong of ['', 'a,,b', 'a\r\nX-Evil: 1']) assert.equal(regions.fromText(wrong), undefined);
    for (const wrong of [[], ['a', 1], [['a']], 5]) assert.equal(regions.fromData(wrong), undefined);
  });
});
