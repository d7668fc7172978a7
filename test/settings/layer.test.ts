/** What each place may say, and how a mistake is named. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SettingsFile } from '../../src/settings/files.ts';
import { fileKey, flagName, isSecret, SETTING_NAMES, SETTINGS } from '../../src/settings/index.ts';
import { describeOrigin, envLayer, fileLayers, flagLayer } from '../../src/settings/layer.ts';
import type { Secret } from '../../src/settings/secret.ts';
import { failsWith } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

const host = fakeHost({ cwd: '/work', env: { HOME: '/home/a' } });
const file = (scope: SettingsFile['scope'], content: unknown): SettingsFile => ({
  scope,
  content,
  path: `/files/${scope}.yaml`,
  shared: false,
});
const project = (content: unknown) => fileLayers(file('project', content), host);
const user = (content: unknown) => fileLayers(file('user', content), host);

describe('a flag', () => {
  it('is read as text and checked', () => {
    const layer = flagLayer({ sampleRate: '16000', phonemes: true, noColor: true }, host);
    assert.equal(layer.get('sampleRate')?.value, 16000);
    assert.equal(layer.get('phonemes')?.value, true);
    assert.equal(layer.get('noColor')?.value, true);
    assert.deepEqual(layer.get('sampleRate')?.origin, { layer: 'flag', name: '--sample-rate' });
  });

  it('that is wrong is a usage failure that says what is right', () => {
    const wrong = (flags: Parameters<typeof flagLayer>[0]) => () => flagLayer(flags, host);
    assert.throws(
      wrong({ speed: '3' }),
      failsWith(
        'usage',
        /^--speed must be a number from 0\.6 to 1\.5, or one of slow, normal, fast for models before sonic-3, not "3"$/,
      ),
    );
    assert.throws(
      wrong({ encoding: 'pcm_s16e' }),
      failsWith('usage', /^--encoding must be one of /, /did you mean pcm_s16le\?/),
    );
    assert.throws(wrong({ voice: '' }), failsWith('usage', /^--voice must be text of one line, not ""$/));
    assert.throws(wrong({ emotion: 'a\u001b[31mb' }), failsWith('usage', /not "a\[31mb"$/));
  });

  it('that holds a password is not quoted', () => {
    const wrong = () => flagLayer({ baseUrl: 'wss://x.example?api_key=sk_canary' }, host);
    assert.throws(wrong, failsWith('usage', /^--base-url must be (?!.*canary)/));
  });
});

describe('the environment', () => {
  it('has a variable for every setting, and empty means not set', () => {
    const layer = envLayer({ ...host, env: { ALOUD_VOLUME: '2', ALOUD_SPEED: '', SLNG_API_KEY: 'sk_canary' } });
    assert.deepEqual([...layer.keys()], ['volume', 'slngApiKey']);
    assert.equal((layer.get('slngApiKey')?.value as Secret | undefined)?.reveal(), 'sk_canary');
    for (const name of SETTING_NAMES) {
      assert.equal(
        SETTINGS[name].env,
        isSecret(name) ? fileKey(name).toUpperCase() : `ALOUD_${fileKey(name).toUpperCase()}`,
      );
      const kebab = `--${fileKey(name).replaceAll('_', '-')}`;
      assert.equal(flagName(name), isSecret(name) ? undefined : kebab);
    }
  });

  it('that is wrong is a config failure that names the variable', () => {
    const wrong = () => envLayer({ ...host, env: { ALOUD_RETRIES: 'many' } });
    assert.throws(wrong, failsWith('config', /^ALOUD_RETRIES must be a whole number from 0 to 100, not "many"$/));
  });
});

describe('a file', () => {
  it('writes keys with _ or -, but not both', () => {
    assert.equal(project({ sample_rate: 8000 }).plain.get('sampleRate')?.value, 8000);
    assert.equal(project({ 'sample-rate': 8000 }).plain.get('sampleRate')?.value, 8000);
    assert.throws(() => project({ 'sample-rate': 8000, sample_rate: 8000 }), failsWith('config', /given twice/));
  });

  it('that has an unknown key is refused by name (L5)', () => {
    assert.throws(
      () => project({ vocie: 'x' }),
      failsWith('config', /^unknown setting vocie in \/files\/project\.yaml$/, /did you mean voice/),
    );
    assert.throws(() => project({ sampleRate: 8000 }), failsWith('config', /sampleRate/, /did you mean sample_rate/));
    assert.throws(() => project(JSON.parse('{"__proto__": {}}')), failsWith('config', /^unknown setting __proto__/));
    assert.throws(() => project({ constructor: 'x' }), failsWith('config', /^unknown setting constructor/));
    assert.throws(() => project({ $import: 'x' }), failsWith('config', /^unknown setting \$import/));
    assert.throws(() => project({ profile: 'x' }), failsWith('config', /profile/, /did you mean profiles/));
    assert.throws(
      () => user({ api_key: 'sk_canary' }),
      failsWith('config', /^unknown setting api_key(?!.*canary)/, /CARTESIA_API_KEY/),
    );
    assert.throws(() => user({ cartesia_access_token: 'sk' }), failsWith('config', /^unknown setting/));
  });

  it('that has a value of the wrong type is refused by key (L5)', () => {
    const cases: [unknown, RegExp][] = [
      [
        { speed: '1.2' },
        /^speed in .* must be a number from 0\.6 to 1\.5, or one of slow, normal, fast for models before sonic-3, not "1\.2"$/,
      ],
      [{ speed: 9 }, /not 9$/],
      [{ voice: 5 }, /^voice in .* must be text of one line, not 5$/],
      [{ voice: null }, /not null$/],
      [{ voice: ['a'] }, /not a list$/],
      [{ phonemes: 'yes' }, /^phonemes in .* must be true or false, not "yes"$/],
      [{ profiles: [] }, /^profiles in .* must be a mapping/],
      [{ profiles: { a: 'x' } }, /^profile a in .* must be a mapping/],
      [{ profiles: { a: { speed: true } } }, /^speed in profile a in .* must be a number/],
      [['voice'], /^what .* holds must be a mapping/],
      ['voice', /^what .* holds must be a mapping/],
      [new Date(), /must be a mapping/],
    ];
    for (const [content, message] of cases) assert.throws(() => project(content), failsWith('config', message));
    assert.throws(() => project({ voice: 5 }), failsWith('config', /voice/, /quotes/));
    assert.throws(() => user({ slng_api_key: 5 }), failsWith('config', /^slng_api_key in .* must be text in quotes$/));
  });

  it('names files from its own folder', () => {
    const pathOf = (value: string) => user({ api_key_file: value }).plain.get('apiKeyFile')?.value;
    assert.equal(pathOf('key'), '/files/key');
    assert.equal(pathOf('/abs/key'), '/abs/key');
    assert.equal(pathOf('~/key'), '/home/a/key');
    assert.equal(flagLayer({ apiKeyFile: 'key' }, host).get('apiKeyFile')?.value, '/work/key');
  });

  it('keeps profiles apart', () => {
    const { plain, profiles } = user({ voice: 'a', profiles: { loud: { volume: 2 }, __proto: {} } });
    assert.deepEqual([...plain.keys()], ['voice']);
    assert.deepEqual(profiles.get('loud')?.get('volume')?.origin, {
      layer: 'user',
      path: '/files/user.yaml',
      profile: 'loud',
    });
  });
});

describe("a project's file", () => {
  const forbidden: Record<string, unknown> = {
    base_url: 'wss://evil.example',
    'base-url': 'ws://localhost:1',
    auth: 'query',
    api_key_file: '/home/a/.ssh/id_rsa',
    access_token_file: 'x',
    player: 'aplay',
    audio_device: "tee:default,'|sh',raw",
    cartesia_api_key: 'sk_canary',
    slng_api_key: 'sk_canary',
  };
  for (const [key, value] of Object.entries(forbidden)) {
    it(`may not set ${key}, not even in a profile nobody chose; the user's own may`, () => {
      const told = failsWith(
        'config',
        /not allowed in a project's file, because (?!.*canary)/,
        /\.config\/aloud\/config\.yaml/,
      );
      assert.throws(() => project({ [key]: value }), told);
      assert.throws(() => project({ voice: 'v', profiles: { unused: { [key]: value } } }), told);
      assert.ok(user({ [key]: value }));
    });
  }

  it('may set everything that sends no key and starts no program', () => {
    const allowed = SETTING_NAMES.filter(name => SETTINGS[name].files === 'any').map(fileKey);
    assert.deepEqual(
      allowed.filter(key => /key|token|url|auth|player|device|file|proxy|command/.test(key)),
      [],
    );
    assert.ok(allowed.includes('voice') && allowed.includes('encoding') && allowed.includes('max_buffer_delay'));
  });
});

describe('an origin', () => {
  it('is told in words, without what a terminal would obey', () => {
    assert.equal(describeOrigin({ layer: 'flag', name: '--voice' }), 'flag --voice');
    assert.equal(describeOrigin({ layer: 'env', name: 'ALOUD_VOICE' }), 'env ALOUD_VOICE');
    assert.equal(describeOrigin({ layer: 'default' }), 'default');
    assert.equal(describeOrigin({ layer: 'project', path: '/a\u001b[2J', profile: 'b' }), '/a[2J (profile b)');
  });
});
