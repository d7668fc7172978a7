/** The server of the program on a port of this machine, over a synthesizer of the test's own. */
import type { AddressInfo } from 'node:net';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import type { Synthesizer } from '../../src/speech.ts';

export interface SpeechService extends AsyncDisposable {
  /** Flags that make it the provider. */
  readonly flags: readonly string[];
  readonly url: URL;
  /** Method and path with query of every HTTP request, upgrades included. */
  readonly requests: readonly string[];
}

export async function speechService(synthesizer: Synthesizer, options: ServerOptions = {}): Promise<SpeechService> {
  const server = createSpeechServer(synthesizer, options);
  const requests: string[] = [];
  const note = ({ method, url }: { method?: string; url?: string }) => requests.push(`${method} ${url}`);
  server.httpServer.on('request', note).on('upgrade', note);
  await new Promise<void>(resolve => server.httpServer.listen(0, '127.0.0.1', resolve));
  const { port } = server.httpServer.address() as AddressInfo;
  return {
    flags: ['--provider', 'cartesia', '--base-url', `http://127.0.0.1:${port}`],
    url: new URL(`http://127.0.0.1:${port}`),
    requests,
    [Symbol.asyncDispose]: () => server.close(),
  };
}
