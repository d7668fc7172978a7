/** The floor of latency: bare `ws`, which only looks when a message was sent. `latency.cjs URL CONTEXTS` prints milliseconds as JSON. */
import { WebSocket } from 'ws';
import { createLateness } from './lateness.ts';
import { requestFor } from './request.ts';

const [, , url = '', contexts = '1'] = process.argv;
const ws = new WebSocket(`${url}/tts/websocket`, { perMessageDeflate: false });
const lateness = createLateness();
let left = Number(contexts);

ws.on('open', () => {
  for (let i = 0; i < left; i++) ws.send(requestFor(`floor-${i}`));
});
ws.on('message', (data: Buffer) => {
  const at = data.indexOf('"data":"');
  if (at > 0) {
    const start = at + 8;
    // Nine bytes of audio, the time in them; a copy, for small buffers share their memory.
    lateness.note(Buffer.from(data.toString('latin1', start, start + 12), 'base64'));
  } else if (data.includes('"done":true')) left--;
  if (left > 0) return;
  lateness.print();
  ws.close();
});
