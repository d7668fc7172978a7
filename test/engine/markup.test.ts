import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PLAIN, pauseAfter, prosodyAfter, prosodyAtStart, toSsml } from '../../src/engine/markup.ts';

const ssml = (text: string) => toSsml(text, PLAIN).ssml;

describe('toSsml', () => {
  it("turns the service's tags into those of the engine", () => {
    assert.equal(ssml('a <break time="1s"/> b'), 'a <break time="1000ms"/> b');
    assert.equal(ssml("a <break time='0.25s' /> b"), 'a <break time="250ms"/> b');
    assert.equal(ssml('a <PAUSE duration="80ms"/> b'), 'a <break time="80ms"/> b');
    assert.equal(ssml('<spell>AB&1</spell>.'), '<say-as interpret-as="characters">AB&amp;1</say-as>.');
    assert.equal(ssml('<emotion value="sad"/>Oh'), 'Oh');
    assert.equal(
      ssml('a <speed ratio="1.2"/>b <volume ratio="0.5"/>c'),
      'a <prosody rate="120%" volume="100%">b </prosody><prosody rate="120%" volume="50%">c</prosody>',
    );
  });

  it('nests what a tag inside a spelling opens', () => {
    assert.equal(
      ssml('<spell>A<speed ratio="1.2"/>B</spell>'),
      '<say-as interpret-as="characters">A</say-as><prosody rate="120%" volume="100%">' +
        '<say-as interpret-as="characters">B</say-as></prosody>',
    );
  });

  it('keeps numbers in their range', () => {
    assert.match(ssml('a <speed ratio="9"/>x'), /rate="150%"/);
    assert.match(ssml('a <volume level="0"/>x'), /volume="50%"/);
    assert.match(ssml('<break time="99999s"/>x'), /time="60000ms"/);
  });

  it('reckons from what was in force before the sentence', () => {
    assert.equal(
      toSsml('a <speed ratio="0.6"/>x', { speed: 1.2, volume: 2 }).ssml,
      'a <prosody rate="50%" volume="100%">x</prosody>',
    );
  });

  it('takes tags at the start for what was in force before, so that they may be said again', () => {
    const tags = ' <speed ratio="0.6"/> <volume ratio="0.5"/> <emotion value="sad"/> ';
    const start = prosodyAtStart(`${tags}x`, { speed: 1.2, volume: 2 });
    assert.deepEqual(start, { speed: 0.6, volume: 0.5 });
    const said = toSsml(`${tags}x <speed ratio="1.2"/>y`, start);
    const inForce = toSsml('x <speed ratio="1.2"/>y', start);
    assert.equal(said.ssml, inForce.ssml);
    assert.deepEqual(said.tokens.slice(-inForce.tokens.length), inForce.tokens);
    assert.equal(toSsml(tags, start).ssml, '');
    assert.deepEqual(prosodyAtStart('x <speed ratio="0.6"/>', PLAIN), PLAIN);
  });

  it('T4 takes any other < for prose and loses none of it', () => {
    const prose = [
      ...[
        'a < b',
        '<b>x</b>',
        '<break>',
        '<break time="soon"/>',
        '<break time="1s"',
        '<speed ratio="fast"/>',
        '</spell>',
      ],
      ...[
        '<spell>AB',
        '<emotion/>',
        '<breaktime="1s"/>',
        '<speed ratio="1.2e400"/>',
        '<!-- x -->',
        '<break my time="1s"/>',
        '<spell it>A</spell>',
        '<',
        '<<<',
      ],
    ];
    for (const text of prose) assert.equal(ssml(text), text.replaceAll('<', '&lt;'), text);
    assert.equal(ssml('&lt; &amp; &#x41;'), '&amp;lt; &amp;amp; &amp;#x41;');
  });

  it('has no way into the phoneme mnemonics of the engine', () => {
    assert.equal(ssml('see [[1]] and [[[2]'), 'see [ [1]] and [ [ [2]');
  });

  it('makes blanks of what cannot be spoken', () => {
    assert.equal(ssml('a\0b\ud800c\u0007\ufffe\u{1ffff}\udc00'), 'a b c    ');
    assert.equal(ssml('a\tb\n🙂'), 'a\tb\n🙂');
  });

  it('knows how much of each word there is to say', () => {
    assert.deepEqual(toSsml('<break time="1s"/> It 42 — <spell>AB</spell>', PLAIN).weights, [0, 0, 2, 6, 0.01, 2]);
  });

  it('takes a word that starts on a blank for the next, but not after a symbol or number', () => {
    assert.deepEqual(toSsml('a. b', PLAIN).owners, [0, 0, 1, 1]);
    assert.deepEqual(toSsml('🙂 b', PLAIN).owners, [0, 0, 1]);
    assert.deepEqual(toSsml('5 b', PLAIN).owners, [0, 0, 1]);
  });

  it('always closes what it opens, and knows whose every character is', () => {
    const unit = fc.constantFrom(
      ...['<', '>', '&', '[', ' ', 'a', '你', '🙂', '"', '/', '\ud800', '<spell>', '</spell>', '<speed ratio="1.1"/>'],
      ...['<volume ratio="2"/>', '<break time="2s"/>', '</speed>', 'time="1s"'],
    );
    fc.assert(
      fc.property(fc.string({ unit }), fc.boolean(), (text, unspaced) => {
        const { ssml, tokens, owners } = toSsml(text, PLAIN, unspaced);
        assert.equal(owners.length, [...ssml].length);
        assert.ok(owners.every(owner => owner >= 0 && owner < Math.max(1, tokens.length)));
        const open: string[] = [];
        for (const [, slash, name, empty] of ssml.matchAll(/<(\/?)([a-z-]+)[^<>]*?(\/?)>/g)) {
          if (slash === '/') assert.equal(open.pop(), name);
          else if (empty !== '/') open.push(name ?? '');
        }
        assert.deepEqual(open, []);
        assert.doesNotMatch(ssml.replace(/<\/?(?:break|prosody|say-as)(?: [^<>]*)?>/g, '|'), /<|&(?!lt;|amp;)|\[\[/);
      }),
    );
  });
});

describe('prosodyAfter', () => {
  it('is what the last tag of each kind said', () => {
    const text = '<speed ratio="1.5"/>a <volume ratio="2"/>b <speed ratio="0.8"/>c <speed ratio="x"/>';
    assert.deepEqual(prosodyAfter(text, PLAIN), { speed: 0.8, volume: 2 });
    assert.deepEqual(prosodyAfter('a < b', { speed: 1.1, volume: 1 }), { speed: 1.1, volume: 1 });
  });
});

describe('pauseAfter', () => {
  it('follows what the sentence ends with', () => {
    const pauses = [
      ['Hi.', 300],
      ['Hi! ', 300],
      ['“Hi?” ', 300],
      ['Hi. 🙂 ', 300],
      ['Hi.<emotion value="sad"/> ', 300],
      ['你好。', 300],
      ['Hi…\n', 300],
      ['Hi,', 150],
      ['namely: ', 150],
      ['你好，', 150],
      ['Hi', 0],
      ['Hi\n', 0],
      ['', 0],
      ['Title\n\n', 500],
      ['Hi.\r\n \r\n', 500],
      ['Hi.\u2029', 500],
    ] as const;
    for (const [text, pause] of pauses) assert.equal(pauseAfter(text), pause, JSON.stringify(text));
  });
});
