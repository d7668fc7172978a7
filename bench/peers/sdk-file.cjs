/** The official SDK, any number of contexts at once, each into a file of its own. `sdk-file.cjs URL FOLDER CONTEXTS [ENCODING RATE]`. */
const { createWriteStream } = require('node:fs');
const { once } = require('node:events');
const { join } = require('node:path');
const { default: Cartesia } = require('@cartesia/cartesia-js');

const [, , url, folder, contexts, encoding = 'pcm_s16le', rate = '24000'] = process.argv;

async function speak(ws, i) {
  const context = ws.context({
    model_id: 'sonic-3',
    voice: { mode: 'id', id: 'a0e99841-438c-4a64-b679-ae501e7d6091' },
    output_format: { container: 'raw', encoding, sample_rate: Number(rate) },
    timeout: 600_000,
  });
  await context.push({ transcript: 'Hello, world.' });
  await context.no_more_inputs();
  const file = createWriteStream(join(folder, `sdk-${i}.raw`));
  for await (const event of context.receive()) {
    if (event.type === 'chunk' && event.audio && !file.write(event.audio)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

async function main() {
  const client = new Cartesia({ apiKey: process.env.CARTESIA_API_KEY, baseURL: url.replace(/^ws/, 'http') });
  const ws = await client.tts.websocket();
  ws.on('error', () => {});
  await Promise.all(Array.from({ length: Number(contexts) }, (_, i) => speak(ws, i)));
  ws.close();
}

void main();
