/** The certificate for this machine: made once, kept, trusted by those who are told of it. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { localCertificate, readCertificate } from '../../src/server/certificate.ts';
import { failsWith, ownFolder } from '../support/folder.ts';

const NOW = new Date('2026-05-01T12:00:00Z');
const DAY_MS = 86_400_000;

const later = (days: number) => new Date(NOW.getTime() + days * DAY_MS);

describe('the certificate of this machine', () => {
  it('is for localhost and the loopback addresses, and vouches for nobody else', async t => {
    const { cert, key } = await localCertificate(join((await ownFolder(t)).path, 'state'), NOW);
    const x509 = new X509Certificate(cert);
    assert.equal(x509.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    assert.equal(x509.ca, false);
    assert.equal(x509.checkHost('localhost'), 'localhost');
    assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
    const days = (Date.parse(x509.validTo) - Date.parse(x509.validFrom)) / DAY_MS;
    assert.equal(days, 825);
  });

  it('is made once and kept, and the key is for its owner only', async t => {
    const folder = join((await ownFolder(t)).path, 'state');
    const first = await localCertificate(folder, NOW);
    const second = await localCertificate(folder, later(800));
    assert.deepEqual([first.isNew, second.isNew], [true, false]);
    assert.equal(second.cert, first.cert);
    assert.equal(first.path, join(folder, 'localhost.pem'));
    assert.equal(await readFile(first.path, 'utf8'), `${first.cert}\n`);
    assert.deepEqual((await readdir(folder)).sort(), ['localhost-key.pem', 'localhost.pem']);
    if (process.platform !== 'win32') {
      assert.equal((await stat(join(folder, 'localhost-key.pem'))).mode & 0o777, 0o600);
      assert.equal((await stat(folder)).mode & 0o777, 0o700);
    }
  });

  it('is made anew before it ends, when it is not valid yet, and when it is broken', async t => {
    const folder = (await ownFolder(t)).path;
    const first = await localCertificate(folder, NOW);
    const renewed = await localCertificate(folder, later(820));
    assert.notEqual(renewed.cert, first.cert);
    assert.equal(await readFile(renewed.path, 'utf8'), `${renewed.cert}\n`);
    const rewound = await localCertificate(folder, NOW);
    assert.notEqual(rewound.cert, renewed.cert);
    const keyPath = join(folder, 'localhost-key.pem');
    for (const text of [
      '',
      'nonsense',
      `${first.key}\n${rewound.cert}`,
      (await readFile(keyPath, 'utf8')).slice(0, 400),
    ]) {
      await writeFile(keyPath, text);
      const repaired = await localCertificate(folder, NOW);
      assert.equal(repaired.isNew, true, text.slice(0, 20));
      assert.equal((await localCertificate(folder, NOW)).cert, repaired.cert);
    }
  });

  it('is written out again where its file has gone', async t => {
    const folder = (await ownFolder(t)).path;
    const first = await localCertificate(folder, NOW);
    await rm(first.path);
    assert.equal((await localCertificate(folder, NOW)).cert, first.cert);
    assert.equal(await readFile(first.path, 'utf8'), `${first.cert}\n`);
  });

  it('is the same for all who make it at once', async t => {
    const folder = join((await ownFolder(t)).path, 'state');
    const made = await Promise.all(Array.from({ length: 8 }, () => localCertificate(folder, NOW)));
    assert.equal(new Set(made.map(({ cert }) => cert)).size, 1);
    assert.equal(await readFile(join(folder, 'localhost.pem'), 'utf8'), `${made[0]?.cert}\n`);
    assert.equal((await readdir(folder)).length, 2);
  });

  it('FAULTS V4: cannot be kept where nothing can be written', async t => {
    const folder = (await ownFolder(t)).path;
    await writeFile(join(folder, 'file'), '');
    await assert.rejects(
      localCertificate(join(folder, 'file', 'state'), NOW),
      failsWith('config', /cannot keep a certificate/, /./),
    );
  });
});

describe('a certificate of your own', () => {
  it('is read from two files', async t => {
    const folder = (await ownFolder(t)).path;
    const { cert, path } = await localCertificate(folder, NOW);
    const own = await readCertificate(path, join(folder, 'localhost-key.pem'));
    assert.equal(own.cert.trim(), cert);
    assert.deepEqual([own.path, own.isNew], [path, false]);
  });

  it('FAULTS V4: is refused when it cannot be read, and when its key is another', async t => {
    const folder = (await ownFolder(t)).path;
    const { path } = await localCertificate(folder, NOW);
    await mkdir(join(folder, 'other'));
    await localCertificate(join(folder, 'other'), NOW);
    const key = join(folder, 'localhost-key.pem');
    const otherKey = join(folder, 'other', 'localhost-key.pem');
    await assert.rejects(
      readCertificate(join(folder, 'none'), key),
      failsWith('config', /--cert .* does not exist/, /./),
    );
    await assert.rejects(readCertificate(path, folder), failsWith('config', /--key .* cannot be read \(EISDIR\)/, /./));
    await assert.rejects(readCertificate(path, otherKey), failsWith('config', /make no certificate/, /./));
    await assert.rejects(readCertificate(key, path), failsWith('config', /make no certificate/, /./));
  });
});
