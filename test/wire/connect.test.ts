import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { localCertificate } from '../../src/server/certificate.ts';
import { connectTo } from '../../src/wire/connect.ts';
import { ownFolder } from '../support/folder.ts';

async function listening<S extends Server>(test: TestContext, server: S) {
  const sockets: Socket[] = [];
  server.on('connection', socket => sockets.push(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** A port that nobody listens at. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a connection', () => {
  it('can be written to from the start', async test => {
    const { server, port } = await listening(test, createServer());
    const arrived = once(server, 'connection');
    const connection = connectTo(new URL(`ws://127.0.0.1:${port}/path`));
    connection.write('hello');
    const [socket] = await arrived;
    assert.equal(String((await once(socket, 'data'))[0]), 'hello');
    connection.destroy();
  });

  it('has TLS where the address says so, with the name of the host and the checks of Node', async test => {
    const { path: folder } = await ownFolder(test);
    const made = await localCertificate(folder, new Date());
    const [cert, key] = await Promise.all([readFile(made.path), readFile(`${folder}/localhost-key.pem`)]);
    const names: (string | false)[] = [];
    const SNICallback = (name: string, done: (error: Error | null) => void) => {
      names.push(name);
      done(null);
    };
    const { port } = await listening(
      test,
      createTlsServer({ cert, key, SNICallback }).on('tlsClientError', () => {}),
    );
    const connection = connectTo(new URL(`wss://localhost:${port}`));
    // Nobody on this machine has vouched for it; whoever has the connection hears of that.
    const [error] = await once(connection, 'error');
    assert.match(error.code, /SELF_SIGNED|UNABLE_TO_VERIFY/);
    assert.deepEqual(names, ['localhost']);
  });

  for (const scheme of ['ws', 'wss']) {
    it(`tells that nobody answers ${scheme}:`, async () => {
      const connection = connectTo(new URL(`${scheme}://127.0.0.1:${await deadPort()}`));
      assert.equal((await once(connection, 'error'))[0].code, 'ECONNREFUSED');
    });
  }
});
