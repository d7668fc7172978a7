import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/host.ts';
import { local } from '../../src/providers/local.ts';
import type { SpeechRequest } from '../../src/speech.ts';
import { collect, from } from '../support/collect.ts';

const request: SpeechRequest = {
  model: local.defaultModel,
  voice: 'en-us',
  format: { encoding: 'pcm_s16le', sampleRate: 8000 },
  timestamps: ['word', 'phoneme'],
};

describe('the local provider', () => {
  it('says the same events every time, ids included', async () => {
    const { signal } = new AbortController();
    const connection = local.connect(
      {
        apiVersion: '2026-03-01',
        auth: 'header',
        connectTimeoutMs: 10_000,
        timeoutMs: 20_000,
        retries: 0,
        proxyFor: () => undefined,
        clock: systemClock,
        redact: text => text,
        userAgent: 'test',
        warn: () => {},
      },
      signal,
    );
    try {
      const once = await collect(connection.synthesize(from('Hello.'), request, signal));
      const again = await collect(connection.synthesize(from('Hello.'), request, signal));
      assert.deepEqual(again, once);
      assert.deepEqual(once[0], { type: 'context', contextId: 'local' });
      assert.ok(
        once.some(event => event.type === 'audio'),
        'there is sound',
      );
    } finally {
      await connection.close();
    }
  });

  it('refuses a language that no voice speaks, before anything is opened', () => {
    assert.throws(() => local.defaultVoice('tlh'), { kind: 'usage' });
    assert.equal(local.defaultVoice('en-AU').id, 'en-us');
  });

  for (const [name, more] of Object.entries({
    'a model': { model: 'sonic-3' },
    'an emotion': { emotion: 'happy' },
    'a pronunciation dictionary': { pronunciationDict: 'd' },
    'words as spoken': { normalizedTimestamps: true },
  })) {
    it(`refuses ${name}, which it does not have`, () => {
      assert.throws(() => local.check({ ...request, ...more }), { kind: 'usage' });
    });
  }
});
