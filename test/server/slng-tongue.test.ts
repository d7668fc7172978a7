/** SLNG's bridge as its document and its plug-ins know it (protocol §6.4). */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { AudioFormat } from '../../src/speech.ts';
import { echo, echoOf } from '../support/scripted-synthesizer.ts';
import { audioIn, BRIDGE, dialSlng, type SlngClient } from '../support/slng-client.ts';

const FORMAT: AudioFormat = { encoding: 'pcm_s16le', sampleRate: 8000 };
const INIT = { type: 'init', voice: 'v', config: { sample_rate: 8000, encoding: 'linear16' } };
const FLUSH = { type: 'flush' };
const text = (words: string, more: object = {}) => ({ type: 'text', text: words, ...more });

async function connect(t: TestContext, agent?: string) {
  const synthesizer = echo();
  const server = createSpeechServer(synthesizer);
  t.after(() => server.close());
  const client = await dialSlng(server, {
    path: BRIDGE,
    headers: agent === undefined ? {} : { 'User-Agent': agent },
  });
  return { synthesizer, client };
}

const kinds = ({ frames }: SlngClient) => frames.map(frame => frame.type);

describe('the bridge', () => {
  it('is ready after init, speaks up to a flush, and ends as the document has it', async t => {
    const { client, synthesizer } = await connect(t);
    client.say(INIT);
    assert.equal(typeof (await client.until('ready')).session_id, 'string');
    client.say(text('Hello, '), text('world.'), FLUSH);
    const end = await client.until('audio_end');
    assert.deepEqual(kinds(client), ['ready', 'segment_start', 'audio_chunk', 'segment_end', 'flushed', 'audio_end']);
    assert.equal(end.duration, 0.13);
    assert.equal(synthesizer.calls[0]?.text, 'Hello, world.');
    assert.deepEqual(audioIn(client.frames), echoOf('Hello, world.', FORMAT));
  });

  it('a flush may come with the text; chunks are counted anew', async t => {
    const { client } = await connect(t);
    client.say(INIT, text('One.', { flush: true }), text('Two.', { flush: true }));
    await client.until('audio_end', 2);
    const chunks = client.frames.filter(frame => frame.type === 'audio_chunk');
    assert.deepEqual(
      chunks.map(chunk => chunk.sequence),
      [1, 1],
    );
    assert.deepEqual(audioIn(client.frames), echoOf('One.Two.', FORMAT));
    const segments = client.frames.filter(frame => frame.type === 'segment_start').map(frame => frame.segment_id);
    assert.equal(new Set(segments).size, 2);
  });

  it("pipecat's plug-in hears binary audio and stops at flushed", async t => {
    const { client } = await connect(t, 'Python/3.12 websockets/15.0.1');
    client.say(INIT, text('Hello.'), FLUSH);
    await client.until('flushed');
    assert.deepEqual(Buffer.concat(client.binary), echoOf('Hello.', FORMAT));
    assert.deepEqual(kinds(client), ['ready', 'segment_start', 'segment_end', 'audio_end', 'flushed']);
  });

  it("LiveKit's plug-in hears one end only", async t => {
    const { client } = await connect(t, 'Python/3.11 aiohttp/3.9.5');
    const init = {
      ...INIT,
      model: 'cartesia/sonic:3',
      language: 'en',
      config: { ...INIT.config, language: 'en', speed: 1 },
    };
    client.say(init, text('Hello. ', { partial: true }), text('World.'), FLUSH, text('More.'), FLUSH);
    await client.until('audio_end', 2);
    assert.deepEqual(Buffer.concat(client.binary), echoOf('Hello. World.More.', FORMAT));
    assert.equal(kinds(client).includes('flushed'), false);
    assert.equal(client.frames.filter(frame => frame.type === 'audio_end').length, 2);
  });

  it('clear is answered, cancel is not; both leave the session usable', async t => {
    const { client } = await connect(t);
    client.say(INIT, text('One'), { type: 'cancel' }, text('Two'), { type: 'clear' });
    await client.until('cleared');
    assert.deepEqual(kinds(client), ['ready', 'cleared']);
    client.say({ type: 'clear' }, { type: 'keepalive' }, text('Three.'), FLUSH);
    await client.until('audio_end');
    assert.deepEqual(audioIn(client.frames), echoOf('Three.', FORMAT));
  });

  it('errors have a code: text before init, a flush of nothing, other encodings', async t => {
    const { client } = await connect(t);
    client.say(text('too early'));
    assert.deepEqual((await client.until('error')).code, 'invalid_request');
    client.say(INIT, FLUSH);
    assert.match(String((await client.until('error', 2)).message), /no text to flush/);
    client.say({ ...INIT, config: { encoding: 'opus' } });
    assert.match(String((await client.until('error', 3)).message), /linear16, mulaw, alaw/);
    client.say(text('One.'), FLUSH, FLUSH);
    await client.until('error', 4);
    await client.until('audio_end');
  });

  it('close ends the socket with 1000', async t => {
    const { client } = await connect(t);
    client.say(INIT, { type: 'close' });
    assert.equal((await client.closed).code, 1000);
  });
});
