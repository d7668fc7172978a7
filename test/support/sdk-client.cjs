/** Cartesia's own SDK, unmodified, in a process of its own: `sdk-client.cjs BASE_URL` prints what it got as JSON. */
// As a module of the new kind it finds no `ws` on Node 20, for it looks for it with `require`.
const { default: Cartesia } = require('@cartesia/cartesia-js');

const client = new Cartesia({ apiKey: 'sk_car_any', baseURL: process.argv[2], maxRetries: 0 });
const options = {
  model_id: 'sonic-3',
  voice: 'a0e99841-438c-4a64-b679-ae501e7d6091',
  output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 16000 },
  timeout: 10_000,
};

/** Kinds in order, runs of one as one; bytes, words, and audio by flush id. */
async function collect(context) {
  const kinds = [];
  const words = [];
  const segments = {};
  for await (const event of context.receive()) {
    if (event.type !== kinds.at(-1)) kinds.push(event.type);
    if (event.type === 'timestamps') words.push(...event.word_timestamps.words);
    if (event.type === 'chunk') segments[event.flush_id] = (segments[event.flush_id] ?? 0) + event.audio.length;
  }
  return { kinds, words, segments };
}

async function said(error) {
  return error.then(
    () => 'no error',
    ({ message }) => message,
  );
}

async function main() {
  const ws = await client.tts.websocket();
  ws.on('error', () => {});
  const results = {};

  const pushed = ws.context(options);
  const pushing = collect(pushed);
  await pushed.push({ transcript: 'Hello ' });
  await pushed.push({ transcript: 'world.', flush: true });
  await pushed.no_more_inputs();
  results.pushed = await pushing;

  const timed = ws.context({ ...options, add_timestamps: true, add_phoneme_timestamps: true });
  const timing = collect(timed);
  await timed.push({ transcript: 'One two, three.' });
  await timed.no_more_inputs();
  results.timed = await timing;

  const cancelled = ws.context(options);
  const cancelling = collect(cancelled);
  await cancelled.push({ transcript: 'This is a long sentence that nobody will hear to its end. '.repeat(20) });
  await new Promise(resolve => ws.once('chunk', resolve));
  await cancelled.cancel();
  // What was on its way still comes; once the server answers what was said later, nothing may.
  let isHeard = false;
  let late = 0;
  ws.on('event', event => {
    if (event.context_id !== cancelled.contextId) isHeard = true;
    else if (isHeard) late += 1;
  });
  await cancelling;

  const both = ['First of two. First again.', 'Second of two. Second again.'].map(transcript => {
    const context = ws.context(options);
    const collected = collect(context);
    void context.push({ transcript }).then(() => context.no_more_inputs());
    return collected;
  });
  results.both = await Promise.all(both);
  results.late = late;

  const wrong = ws.context({ ...options, model_id: 'nonsense' });
  const failing = said(collect(wrong));
  await wrong.push({ transcript: 'Hello.' });
  results.error = await failing;

  const after = ws.context(options);
  const collected = collect(after);
  await after.send({ transcript: 'Still here.', continue: false });
  results.after = await collected;
  ws.close();

  results.voices = [];
  for await (const voice of client.voices.list({ limit: 50 })) results.voices.push(voice.id);
  results.voice = (await client.voices.get(results.voices[0])).name;

  const body = { model_id: options.model_id, voice: options.voice, transcript: 'Hello world.' };
  const wav = { container: 'wav', encoding: 'pcm_s16le', sample_rate: 16000 };
  const bytes = Buffer.from(await (await client.tts.generate({ ...body, output_format: wav })).arrayBuffer());
  results.bytes = { head: bytes.toString('latin1', 0, 4), length: bytes.length };
  results.events = [];
  for await (const event of await client.tts.generateSSE({ ...body, output_format: options.output_format })) {
    if (event.type !== results.events.at(-1)) results.events.push(event.type);
  }
  results.refused = await said(client.tts.generate({ ...body, transcript: '', output_format: wav }));

  const { token } = await client.accessToken.create({ grants: { tts: true }, expires_in: 60 });
  const holder = new Cartesia({ token, baseURL: process.argv[2] });
  const short = await holder.tts.websocket();
  await short.connect();
  short.close();
  results.token = token.length > 0;
  console.log(JSON.stringify(results));
}

void main();
