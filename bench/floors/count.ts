/** The floor of receiving: bare `ws`, counting bytes. `count.cjs URL [CONTEXTS]`. */
import { WebSocket } from 'ws';
import { requestFor } from './request.ts';

const [, , url = '', contexts = '1', encoding, sampleRate] = process.argv;
const ws = new WebSocket(`${url}/tts/websocket`, { perMessageDeflate: false });
let left = Number(contexts);
let bytes = 0;

ws.on('open', () => {
  for (let i = 0; i < left; i++) ws.send(requestFor(`floor-${i}`, encoding, sampleRate));
});
ws.on('message', (data: Buffer) => {
  bytes += data.length;
  if (data.length < 500 && data.includes('"done":true')) left--;
  if (left === 0) ws.close();
});
ws.on('close', () => {
  if (bytes === 0 || left > 0) process.exitCode = 1;
});
