/** `aloud voices` against the server of the program, and the cache between them. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Voice } from '../../src/speech.ts';
import { aloud } from '../support/cli.ts';
import { ownFolder } from '../support/folder.ts';
import { echo } from '../support/scripted-synthesizer.ts';
import { speechService } from '../support/speech-service.ts';

const KEY = 'canary-0123456789';
const KATIE = 'f786b574-daa5-4673-aa0c-cbe3e8534c02';

const MANY: readonly Voice[] = Array.from({ length: 240 }, (_, i) => ({
  id: `voice-${i}`,
  name: `Voice ${i}`,
  language: i % 2 === 0 ? 'en' : 'fr',
  gender: i % 3 === 0 ? 'feminine' : 'masculine',
}));

async function setup(test: TestContext, list: readonly Voice[] = MANY) {
  const folder = await ownFolder(test);
  const service = await speechService(echo(), { voices: { resolve: id => id, list: () => list } });
  test.after(() => service[Symbol.asyncDispose]());
  const env = { CARTESIA_API_KEY: KEY, HOME: folder.path };
  const run = (...argv: string[]) => aloud([...argv, ...service.flags], { cwd: folder.path, env });
  const cached = async () => {
    const cache = join(folder.path, '.cache/aloud/voices');
    const [name = ''] = await readdir(cache);
    return { name, file: join(cache, name), text: await readFile(join(cache, name), 'utf8') };
  };
  return { folder, service, run, cached };
}

const EVEN = ['voice-230', 'voice-232', 'voice-234', 'voice-236', 'voice-238'];

/** A service of the test's own: every request gets this. */
async function answering(
  test: TestContext,
  answers: readonly (readonly [status: number, body: unknown, headers?: Record<string, string>])[],
) {
  const folder = await ownFolder(test);
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const [status, body, headers = {}] = answers[Math.min(requests.length, answers.length - 1)] ?? [500, ''];
    requests.push(request.url ?? '');
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  test.after(() => new Promise(resolve => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  const flags = ['--provider', 'cartesia', '--base-url', `http://127.0.0.1:${port}`];
  const env = { CARTESIA_API_KEY: KEY, HOME: folder.path };
  return { requests, run: (...argv: string[]) => aloud([...argv, ...flags], { cwd: folder.path, env }) };
}

describe('aloud voices at a service', () => {
  it('shows no name that a terminal would obey, nor a description, and tells them whole', async test => {
    const name = 'Eve\u009b31m\u202etxt';
    const voice = { id: 'one', name, description: '\u2066x', language: 'en', is_owner: false, is_public: true };
    const list = { data: [voice], has_more: false, next_page: null };
    const { run } = await answering(test, [
      [200, list],
      [200, voice],
    ]);
    for (const argv of [['voices'], ['voices', 'show', 'one']]) {
      const { code, stdout, stderr } = await run(...argv, '--json');
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stdout, /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      assert.deepEqual([JSON.parse(stdout)].flat()[0].name, name);
    }
  });

  it('asks for every page once, and the next time for nothing', async test => {
    const { service, run } = await setup(test);
    const first = await run('voices', '--json');
    assert.equal(first.code, 0, first.stderr);
    const found = JSON.parse(first.stdout);
    assert.equal(found.length, 245);
    assert.deepEqual(found.at(-1), {
      id: 'voice-239',
      name: 'Voice 239',
      language: 'fr',
      gender: 'masculine',
      description: null,
      country: null,
      accent: null,
      mine: false,
      created_at: '2024-01-01T00:00:00Z',
    });
    assert.equal(service.requests.length, 3);
    assert.deepEqual((await run('voices', '--json')).stdout, first.stdout);
    assert.equal(service.requests.length, 3);
    await run('voices', '--refresh');
    assert.equal(service.requests.length, 6);
  });

  it('searches by language, gender and words', async test => {
    const { run } = await setup(test);
    const ids = async (...argv: string[]) =>
      JSON.parse((await run('voices', '--json', ...argv)).stdout).map((voice: Voice) => voice.id);
    assert.deepEqual(await ids('--search', 'voice 23', '--language', 'en'), EVEN);
    assert.deepEqual(await ids('--gender', 'female', '--search', 'katie'), [KATIE]);
    const nobody = await run('voices', '--language', 'tlh', '--gender', 'male');
    assert.equal(nobody.code, 2);
    assert.match(nobody.stderr, /no voice of cartesia speaks tlh and is male/);
  });

  it('nobody is an empty list for a program, and a gender that there is not is an error for all', async test => {
    const { run } = await setup(test);
    const nobody = await run('voices', '--language', 'tlh', '--json');
    assert.deepEqual([nobody.code, nobody.stdout], [0, '[]\n']);
    const robot = await run('voices', '--gender', 'robot');
    assert.equal(robot.code, 2);
    assert.match(robot.stderr, /--gender must be one of female, male, neutral, not "robot"/);
    assert.equal((await run('voices', '--gender', 'Masculine')).code, 0);
  });

  it('--mine is asked of the service, and never of what is remembered', async test => {
    const { service, run } = await setup(test);
    await run('voices');
    const mine = await run('voices', '--mine');
    assert.equal(mine.code, 2);
    assert.match(mine.stderr, /no voice of cartesia is yours/);
    assert.match(service.requests.at(-1) ?? '', /is_owner=true/);
  });

  it('show tells all about one voice, by id, name or unique beginning', async test => {
    const { run } = await setup(test);
    for (const wanted of [KATIE, 'Katie', 'kat']) {
      const { code, stdout, stderr } = await run('voices', 'show', wanted, '--json');
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).id, KATIE);
    }
    assert.match((await run('voices', 'show', 'kat')).stdout, /^id +f786b574.*\nname +Katie\nlanguage +en\n/);
    const unknown = await run('voices', 'show', '00000000-0000-4000-8000-000000000000');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /there is no voice of that id\n {2}list them with: aloud voices/);
  });

  it('what is remembered holds no key, in its name or inside, and is for its owner alone', async test => {
    const { run, cached } = await setup(test);
    await run('voices');
    const { name, text } = await cached();
    assert.match(name, /^cartesia-[0-9a-f]{16}\.json$/);
    assert.doesNotMatch(text, /canary/);
  });

  it('L8: a cache that is damaged, of another form, a folder or old is asked for again without a word', async test => {
    const { service, run, cached } = await setup(test);
    await run('voices');
    const { file, text } = await cached();
    const document = JSON.parse(text);
    const damages = [
      '',
      text.slice(0, text.length / 2),
      '[]',
      'null',
      '{"version":99}',
      JSON.stringify({ ...document, voices: [{ id: 7 }] }),
      JSON.stringify({ ...document, asked_at: Date.now() - 25 * 3600_000 }),
      JSON.stringify({ ...document, asked_at: Date.now() + 3600_000 }),
    ];
    for (const damage of damages) {
      await writeFile(file, damage);
      const before = service.requests.length;
      const { code, stderr } = await run('voices');
      assert.deepEqual([code, stderr, service.requests.length - before], [0, '', 3], damage.slice(0, 40));
    }
    await rm(file);
    await mkdir(file);
    const { code, stderr } = await run('voices');
    assert.deepEqual([code, stderr], [0, '']);
    assert.deepEqual(
      (await readdir(join(file, '..'))).filter(name => name.endsWith('.tmp')),
      [],
    );
  });

  it('L6: a home that cannot be written to is no reason to fail', async test => {
    const { folder, run } = await setup(test);
    // A file where the folder should be: nobody can write there, not even root.
    await writeFile(join(folder.path, '.cache'), '');
    const { code, stderr } = await run('voices');
    assert.deepEqual([code, stderr], [0, '']);
    await rm(join(folder.path, '.cache'));
    await mkdir(join(folder.path, '.cache'));
    await chmod(join(folder.path, '.cache'), 0o500);
    assert.equal((await run('voices')).code, 0);
    await chmod(join(folder.path, '.cache'), 0o700);
  });

  it('voices of two services are not mixed up', async test => {
    const first = await setup(test, [{ id: 'one', name: 'One' }]);
    const second = await speechService(echo(), {
      voices: { resolve: id => id, list: () => [{ id: 'two', name: 'Two' }] },
    });
    test.after(() => second[Symbol.asyncDispose]());
    await first.run('voices');
    const env = { CARTESIA_API_KEY: KEY, HOME: first.folder.path };
    const { stdout } = await aloud(['voices', ...second.flags], { cwd: first.folder.path, env });
    assert.match(stdout, /^two\tTwo/m);
    assert.doesNotMatch(stdout, /^one/m);
  });

  it('SLNG has no list, which is said plainly', async test => {
    const { path } = await ownFolder(test);
    for (const argv of [['voices'], ['voices', 'show', 'x']]) {
      const { code, stderr, stdout } = await aloud([...argv, '--provider', 'slng'], {
        cwd: path,
        env: { SLNG_API_KEY: 'x' },
      });
      assert.equal(code, 2);
      assert.match(stderr, /no list of voices is known for slng/);
      assert.equal(stdout, '');
    }
  });

  it('a flag that does nothing is refused', async test => {
    const { path } = await ownFolder(test);
    for (const argv of [['show', 'en-gb', '--search', 'x'], ['show', 'en-gb', '--mine'], ['--mine']]) {
      const { code, stdout } = await aloud(['voices', '--provider', 'local', ...argv], { cwd: path });
      assert.deepEqual([code, stdout], [2, ''], argv.join(' '));
    }
  });
});

describe('a service that lists voices badly', () => {
  const page = (data: unknown[], more: boolean) => [200, { data, has_more: more }] as const;

  it('a page for ever the same ends the list', async test => {
    const { run, requests } = await answering(test, [page([{ id: 'a', name: 'A' }], true)]);
    const { code, stdout } = await run('voices');
    assert.deepEqual([code, stdout, requests.length], [0, 'a\tA\t\t\t\n', 2]);
  });

  it('text that a terminal would obey is taken out', async test => {
    const { run } = await answering(test, [
      page([{ id: 'a\u001b[31m', name: 'A\tB\n\u202eC', description: '\u0007x' }], false),
    ]);
    assert.equal((await run('voices')).stdout, 'a[31m\tA B C\t\t\tx\n');
  });

  it('what is not a list is a failure of the service', async test => {
    for (const body of [{ voices: [] }, 'hello', '<html>']) {
      const { run } = await answering(test, [[200, body]]);
      const { code, stdout } = await run('voices', '--retries', '0');
      assert.deepEqual([code, stdout], [4, ''], String(body));
    }
  });

  it('U1: refusals are told by their status, without the key', async test => {
    for (const [status, expected] of [
      [401, 3],
      [403, 3],
      [400, 4],
      [500, 4],
      [429, 5],
    ] as const) {
      const { run } = await answering(test, [[status, { message: `no, ${KEY}` }]]);
      const { code, stderr } = await run('voices', '--retries', '0');
      assert.equal(code, expected, stderr);
      assert.doesNotMatch(stderr, /canary/);
    }
  });

  it('U2: 429 and 503 are asked again', async test => {
    const { run, requests } = await answering(test, [
      [429, '', { 'Retry-After': '0' }],
      [503, '', { 'Retry-After': '0' }],
      page([{ id: 'a', name: 'A' }], false),
    ]);
    assert.equal((await run('voices')).code, 0);
    assert.equal(requests.length, 3);
  });
});

describe('a voice by its name', () => {
  it('is found through the list, which is asked for once', async test => {
    const { service, run, folder } = await setup(test);
    const say = (voice: string) => run('say', 'hi', '-v', voice, '-o', join(folder.path, 'x.wav'), '--json');
    for (const wanted of ['Katie', 'kati']) {
      const { code, stdout, stderr } = await say(wanted);
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).voice, KATIE);
    }
    assert.equal(service.requests.filter(request => request.startsWith('GET /voices')).length, 3);
  });

  it('an id of the service needs no list', async test => {
    const { service, run, folder } = await setup(test);
    const { code, stderr } = await run('say', 'hi', '-v', KATIE, '-o', join(folder.path, 'x.wav'));
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      service.requests.map(request => request.split('?')[0]),
      ['GET /tts/websocket'],
    );
  });

  it('that could be several is refused with the candidates; one that is not there is asked for once more', async test => {
    const { service, run, folder } = await setup(test);
    await run('voices');
    const say = (voice: string) => run('say', 'hi', '-v', voice, '-o', join(folder.path, 'x.wav'));
    const several = await say('Voice 23');
    assert.equal(several.code, 0, 'an exact name goes before the beginning of others');
    const ambiguous = await say('Voice 2');
    assert.equal(ambiguous.code, 0);
    const beginning = await say('voice-11');
    assert.equal(beginning.code, 0);
    const before = service.requests.length;
    const many = await say('Voi');
    assert.equal(many.code, 2);
    assert.match(many.stderr, /"Voi" could be 240 voices:\n {2}voice-0, Voice 0\n[\s\S]*\n {2}and 228 more\n/);
    assert.equal(service.requests.length, before);
    const unknown = await say('Nobody');
    assert.equal(unknown.code, 2);
    assert.equal(service.requests.length, before + 3);
  });

  it('a dry run asks nobody', async test => {
    const { service, run } = await setup(test);
    const { code, stdout } = await run('say', 'hi', '-n', '-v', 'Katie');
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).voice, 'Katie');
    await run('voices');
    assert.equal(JSON.parse((await run('say', 'hi', '-n', '-v', 'Katie')).stdout).voice, KATIE);
    assert.equal(service.requests.length, 3);
  });
});
