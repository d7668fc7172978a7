/** The example of the official SDK's documentation, with the audio to standard output. `sdk-first-audio.cjs URL`. */
const { default: Cartesia } = require('@cartesia/cartesia-js');

async function main() {
  const client = new Cartesia({
    apiKey: process.env.CARTESIA_API_KEY,
    baseURL: process.argv[2].replace(/^ws/, 'http'),
  });
  const ws = await client.tts.websocket();
  const context = ws.context({
    model_id: 'sonic-3',
    voice: { mode: 'id', id: 'a0e99841-438c-4a64-b679-ae501e7d6091' },
    output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 24000 },
  });
  await context.push({ transcript: 'Hello, world.' });
  await context.no_more_inputs();
  for await (const event of context.receive()) {
    if (event.type === 'chunk' && event.audio) process.stdout.write(event.audio);
  }
  ws.close();
}

void main();
