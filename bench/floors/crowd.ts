/** A crowd of clients for a server: `crowd.cjs URL CLIENTS CONTEXTS` prints when first audio came, in milliseconds, as JSON. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { requestFor } from './request.ts';

const [, , url = '', clients = '1', contexts = '1'] = process.argv;
const waits: number[] = [];
let bytes = 0;

async function main(): Promise<void> {
  const sockets = Array.from({ length: Number(clients) }, () => {
    const headers = { 'Cartesia-Version': '2026-03-01', 'X-API-Key': 'any' };
    return new WebSocket(`${url}/tts/websocket`, { perMessageDeflate: false, headers });
  });
  await Promise.all(sockets.map(socket => once(socket, 'open')));
  await Promise.all(sockets.map(speakAll));
  for (const socket of sockets) socket.close();
  waits.sort((a, b) => a - b);
  const at = (share: number) => waits[Math.floor((waits.length - 1) * share)] ?? Number.NaN;
  process.stdout.write(JSON.stringify({ firstP50: at(0.5), firstP99: at(0.99), audioSeconds: bytes / 48_000 }));
}

function speakAll(socket: WebSocket, client: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const heard = new Set<string>();
    let left = Number(contexts);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(String(data)) as { type: string; context_id: string; data?: string };
      if (message.type === 'error') reject(new Error(String(data)));
      if (message.type === 'chunk') {
        if (!heard.has(message.context_id)) waits.push(performance.now() - started);
        heard.add(message.context_id);
        bytes += ((message.data?.length ?? 0) / 4) * 3;
      }
      if (message.type === 'done' && --left === 0) resolve();
    });
    for (let i = 0; i < Number(contexts); i++) socket.send(requestFor(`crowd-${client}-${i}`));
  });
}

void main();
