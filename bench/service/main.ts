/** The scripted service: a process of its own that speaks noise by Cartesia's protocol and by SLNG's, as fast as told. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { type RawData, WebSocketServer } from 'ws';
import type { Behaviour, Opened, Question } from './behaviour.ts';
import { type Account, type Contexts, createContexts, type Input } from './contexts.ts';
import { createProxy } from './proxy.ts';

const ROUND_TRIPS_MS = [20, 60];
const SAMPLE_BYTES: Readonly<Record<string, number>> = { pcm_f32le: 4, pcm_s16le: 2, linear16: 2 };

let behaviour: Behaviour = {};
let account: Account = fresh();
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const [, , certificate = '', key = ''] = process.argv;
const plain = createServer();
const tls = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) });

for (const server of [plain, tls]) {
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    sockets.handleUpgrade(request, socket, head, ws => {
      const contexts = createContexts(socket, () => behaviour, account);
      const read = request.url?.includes('/tts/websocket') ? readCartesia : createSlngReader();
      ws.on('message', data => read(parse(data), contexts));
      ws.on('close', () => contexts.end());
      ws.on('error', () => contexts.end());
    });
  });
}

process.on('message', (question: Question) => {
  if (question === 'what happened') {
    process.send?.(account);
    return;
  }
  behaviour = question.behave;
  account = fresh();
  process.send?.('well');
});
process.on('disconnect', () => process.exit());
void open().then(opened => process.send?.(opened));

async function open(): Promise<Opened> {
  const tlsPort = await listen(tls);
  const delayed = ROUND_TRIPS_MS.map(async ms => [ms, await listen(createProxy(tlsPort, ms))] as const);
  return { plain: await listen(plain), tls: tlsPort, delayed: Object.fromEntries(await Promise.all(delayed)) };
}

function listen(server: Server): Promise<number> {
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function fresh(): Account {
  return { contexts: 0, refused: 0, seconds: 0, active: 0 };
}

type Message = Readonly<Record<string, unknown>>;

function parse(data: RawData): Message {
  return JSON.parse(String(data)) as Message;
}

function readCartesia(message: Message, contexts: Contexts): void {
  const contextId = String(message.context_id);
  if (message.cancel === true) {
    contexts.cancel(contextId);
    return;
  }
  const format = message.output_format as { readonly encoding?: string; readonly sample_rate?: number } | undefined;
  contexts.input({
    contextId,
    ...formatOf(format?.encoding, format?.sample_rate),
    isSlng: false,
    text: String(message.transcript ?? ''),
    isLast: message.continue !== true,
    wantsWords: message.add_timestamps === true,
  });
}

/** One context at a time, with names that the service gives. */
function createSlngReader(): (message: Message, contexts: Contexts) => void {
  let format = formatOf(undefined, undefined);
  let count = 0;
  let contextId: string | undefined;
  return (message, contexts) => {
    if (message.type === 'init') format = formatOf(String(message.encoding), Number(message.sample_rate));
    if (message.type === 'cancel' && contextId !== undefined) contexts.cancel(contextId);
    if (message.type !== 'text') return;
    contextId ??= `slng-${process.pid}-${count++}`;
    const isLast = message.continue !== true;
    const input: Input = { contextId, ...format, isSlng: true, text: String(message.text), isLast, wantsWords: false };
    contexts.input(input);
    if (isLast) contextId = undefined;
  };
}

function formatOf(encoding = 'pcm_s16le', sampleRate = 24_000) {
  return { sampleBytes: SAMPLE_BYTES[encoding] ?? 1, sampleRate };
}
