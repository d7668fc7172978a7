/** What one would write by hand: bare `ws`, one text, samples to standard output. `first-audio.cjs URL [TEXT]`, else the text comes on standard input. */
import { WebSocket } from 'ws';
import { requestFor } from './request.ts';

const [, , url = '', text] = process.argv;
// Connects before the text is there.
const ws = new WebSocket(`${url}/tts/websocket`, {
  perMessageDeflate: false,
  headers: { 'X-API-Key': process.env.CARTESIA_API_KEY ?? '', 'Cartesia-Version': '2026-03-01' },
});
const isOpen = new Promise(resolve => ws.once('open', resolve));
ws.on('message', (data: Buffer) => {
  const message = JSON.parse(String(data)) as { readonly type: string; readonly data: string };
  if (message.type === 'chunk') process.stdout.write(Buffer.from(message.data, 'base64'));
  if (message.type === 'done') ws.close();
});

async function send(): Promise<void> {
  if (text === undefined) for await (const _ of process.stdin);
  await isOpen;
  ws.send(requestFor('floor'));
}

void send();
