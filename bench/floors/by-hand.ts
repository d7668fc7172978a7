/** The least that gets audio into a file: bare `ws`, the audio cut out of the frame, decoded into memory that is used again, written in large pieces. `by-hand.cjs URL FILE`. */
import { closeSync, openSync, write } from 'node:fs';
import { WebSocket } from 'ws';
import { requestFor } from './request.ts';

const [, , url = '', path = ''] = process.argv;
const SIZE = 1024 * 1024;
const DATA = Buffer.from('"data":"');
const ws = new WebSocket(`${url}/tts/websocket`, { perMessageDeflate: false });
const file = openSync(path, 'w');
let filling = Buffer.allocUnsafeSlow(SIZE);
let spare = Buffer.allocUnsafeSlow(SIZE);
let filled = 0;
let isWriting = false;
let isDone = false;

ws.on('open', () => ws.send(requestFor('by-hand')));
ws.on('message', (frame: Buffer) => {
  const key = frame.indexOf(DATA);
  if (key < 0) {
    isDone = true;
    store();
    return;
  }
  const start = key + DATA.length;
  const end = frame.indexOf(0x22, start);
  const rest = JSON.parse(frame.toString('latin1', 0, start) + frame.toString('latin1', end, frame.length)) as {
    type: string;
  };
  if (rest.type === 'chunk') filled += filling.write(frame.toString('latin1', start, end), filled, 'base64');
  if (filled < SIZE / 2) return;
  store();
  // No more than what this memory has room for.
  if (filled > SIZE / 2) ws.pause();
});

function store(): void {
  if (isWriting) return;
  if (filled === 0) {
    if (!isDone) return;
    closeSync(file);
    ws.close();
    return;
  }
  const [full, length] = [filling, filled];
  [filling, spare] = [spare, filling];
  filled = 0;
  isWriting = true;
  write(file, full, 0, length, null, error => {
    if (error) throw error;
    isWriting = false;
    ws.resume();
    if (filled >= SIZE / 2 || isDone) store();
  });
}
