/** Which place wins, and which provider a key or an address belongs to. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PROVIDER_NAMES } from '../../src/providers/index.ts';
import { SETTINGS } from '../../src/settings/index.ts';
import type { FlagValues } from '../../src/settings/layer.ts';
import { describeOrigin } from '../../src/settings/layer.ts';
import { resolveSettings, speedOf } from '../../src/settings/resolve.ts';
import { PLAYER_CHOICES } from '../../src/sinks/players.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

interface Stage {
  readonly project?: unknown;
  readonly user?: unknown;
  readonly env?: Record<string, string>;
  readonly flags?: FlagValues;
}

async function stage(test: TestContext) {
  const { path, write } = await ownFolder(test);
  const cwd = join(path, 'repo');
  await mkdir(cwd);
  return async ({ project, user, env = {}, flags = {} }: Stage) => {
    await write('repo/.aloudrc.json', project ?? {});
    await write('.config/aloud/config.json', user ?? {});
    return resolveSettings(flags, fakeHost({ cwd, env: { HOME: path, ...env } }));
  };
}

const needsSlng = { skip: !(PROVIDER_NAMES as readonly string[]).includes('slng') && 'there is no provider slng yet' };

describe('settings', () => {
  it('of a bare machine are the defaults, and the built-in engine speaks', async test => {
    const resolve = await stage(test);
    const { values, origins, builtInByDefault, warnings } = await resolve({});
    assert.equal(values.provider, 'local');
    assert.equal(builtInByDefault, true);
    assert.equal(describeOrigin(origins.provider), 'default: no key is set');
    assert.equal(values.encoding, 'pcm_s16le');
    assert.equal(values.apiVersion, '2026-03-01');
    assert.equal(values.voice, undefined);
    assert.equal(describeOrigin(origins.voice), 'default');
    assert.deepEqual(warnings, []);
  });

  it('flag beats environment beats project profile beats project beats user profile beats user beats default', async test => {
    const resolve = await stage(test);
    const places: readonly [string, Stage][] = [
      ['flag', { flags: { voice: 'flag' } }],
      ['env', { env: { ALOUD_VOICE: 'env' } }],
      ['project profile', { project: { profiles: { p: { voice: 'project profile' } } } }],
      ['project', { project: { voice: 'project' } }],
      ['user profile', { user: { profiles: { p: { voice: 'user profile' } } } }],
      ['user', { user: { voice: 'user' } }],
    ];
    const merge = (chosen: readonly [string, Stage][]): Stage => {
      const gather = (part: keyof Stage) => Object.assign({}, ...chosen.map(([, place]) => place[part]));
      const project = gather('project');
      // The profile has to be known somewhere to be asked for.
      const user = { ...gather('user'), profiles: { p: {}, ...gather('user').profiles } };
      return { flags: { profile: 'p', ...gather('flags') }, env: gather('env'), project, user };
    };
    await fc.assert(
      fc.asyncProperty(fc.subarray([...places], { minLength: 1 }), async chosen => {
        const { values } = await resolve(merge(chosen));
        assert.equal(values.voice, chosen[0]?.[0]);
      }),
      { numRuns: 40 },
    );
    assert.equal((await resolve(merge([]))).values.voice, undefined);
  });

  it('say where each came from', async test => {
    const resolve = await stage(test);
    const { origins, files } = await resolve({
      flags: { speed: '1.2', profile: 'p' },
      env: { ALOUD_TIMEOUT: '5' },
      project: { voice: 'v' },
      user: { profiles: { p: { language: 'fr' } } },
    });
    assert.equal(describeOrigin(origins.speed), 'flag --speed');
    assert.equal(describeOrigin(origins.timeout), 'env ALOUD_TIMEOUT');
    assert.match(describeOrigin(origins.voice), /repo\/\.aloudrc\.json$/);
    assert.match(describeOrigin(origins.language), /\.config\/aloud\/config\.json \(profile p\)$/);
    assert.deepEqual(
      files.map(({ scope }) => scope),
      ['project', 'user'],
    );
  });

  it('of an unknown profile are refused with those there are', async test => {
    const resolve = await stage(test);
    const user = { profiles: { narrator: {}, news: {} } };
    await assert.rejects(
      resolve({ user, flags: { profile: 'narator' } }),
      failsWith('config', /"narator"/, /did you mean narrator\? .*narrator, news/),
    );
    await assert.rejects(
      resolve({ env: { ALOUD_PROFILE: 'x' } }),
      failsWith('config', /"x"/, /no settings file has profiles/),
    );
    await assert.rejects(resolve({ user, flags: { profile: '__proto__' } }), failsWith('config', /"__proto__"/));
    assert.equal((await resolve({ user, env: { ALOUD_PROFILE: 'news' } })).profile, 'news');
    assert.equal((await resolve({ user, env: { ALOUD_PROFILE: '' } })).profile, undefined);
  });

  it('take the stronger of rate and speed, and refuse both from one place', async test => {
    const resolve = await stage(test);
    const { values } = await resolve({ flags: { rate: '210' }, project: { speed: 0.8 } });
    assert.equal(values.speed, undefined);
    assert.equal(speedOf(values), 1.2);
    assert.equal(speedOf((await resolve({ flags: { speed: '0.8' }, env: { ALOUD_RATE: '210' } })).values), 0.8);
    assert.equal(speedOf((await resolve({ flags: { rate: '175' } })).values), 1);
    assert.equal(speedOf((await resolve({ flags: { speed: 'slow' } })).values), 'slow');
    await assert.rejects(
      resolve({ flags: { rate: '175', speed: '1' } }),
      failsWith('usage', /^rate and speed exclude each other$/),
    );
    await assert.rejects(
      resolve({ project: { rate: 175, speed: 1 } }),
      failsWith('config', /exclude each other \(.*aloudrc\.json\)/),
    );
    await assert.rejects(
      resolve({ flags: { rate: '263' } }),
      failsWith('usage', /--rate must be a number from 105 to 262\.5/),
    );
  });

  it('warn of a mistyped variable and of a key that others may read', async test => {
    const { path, write } = await ownFolder(test);
    const host = fakeHost({ cwd: path, env: { HOME: path, ALOUD_VOCIE: 'x', ALOUD_SOMETHING_ELSE: 'y' } });
    await write('.config/aloud/config.json', { cartesia_api_key: 'sk_canary' }, 0o644);
    const { warnings, values } = await resolveSettings({}, host);
    assert.equal(values.provider, 'cartesia');
    assert.equal(warnings.length, 2);
    assert.match(
      warnings.join('\n'),
      /config\.json holds a key and others may read it.*\n.*did you mean ALOUD_VOICE\?/,
    );
    assert.doesNotMatch(JSON.stringify({ warnings, values }), /canary/);
    await write('.config/aloud/other.json', {});
  });

  it('offer the players and providers that there are', () => {
    assert.deepEqual(SETTINGS.player.reader?.choices, PLAYER_CHOICES);
    assert.deepEqual(SETTINGS.provider.reader?.choices, PROVIDER_NAMES);
  });
});

describe('the provider', () => {
  it('is the one whose key is set, unless one is chosen', async test => {
    const resolve = await stage(test);
    const chosen = async (given: Stage) => (await resolve(given)).values.provider;
    assert.equal(await chosen({ env: { CARTESIA_API_KEY: 'k' } }), 'cartesia');
    assert.equal(await chosen({ env: { CARTESIA_ACCESS_TOKEN: 't', SLNG_API_KEY: 'k' } }), 'cartesia');
    assert.equal(await chosen({ env: { CARTESIA_API_KEY: '' } }), 'local');
    assert.equal(await chosen({ env: { CARTESIA_API_KEY: 'k' }, user: { provider: 'local' } }), 'local');
    assert.equal(await chosen({ user: { cartesia_api_key: 'k' } }), 'cartesia');
    assert.equal(await chosen({ flags: { accessTokenFile: 't' } }), 'cartesia');
  });

  it('is slng when only its key is set', needsSlng, async test => {
    const resolve = await stage(test);
    assert.equal((await resolve({ env: { SLNG_API_KEY: 'k' } })).values.provider, 'slng');
  });

  it('is not guessed from a key file: that is said', async test => {
    const resolve = await stage(test);
    const { values, warnings } = await resolve({ user: { api_key_file: '/k' } });
    assert.equal(values.provider, 'local');
    assert.match(warnings.join(), /api_key_file .* is not used: set provider/);
  });
});

describe('an address or a key file', () => {
  it('from your own file is not used with a provider that only a project chose', async test => {
    const resolve = await stage(test);
    const user = { base_url: 'wss://mine.example', api_key_file: '/k', access_token_file: '/t' };
    const { values, warnings } = await resolve({ user, project: { provider: 'cartesia' } });
    assert.equal(values.baseUrl, undefined);
    assert.equal(values.apiKeyFile, undefined);
    assert.equal(values.accessTokenFile, undefined);
    assert.equal(warnings.length, 3);
    assert.match(
      warnings[0] ?? '',
      /base_url .* is not used: its file names no provider, and cartesia was chosen by .*aloudrc\.json/,
    );
  });

  it('from a flag or variable is refused with a provider that only a project chose', async test => {
    const resolve = await stage(test);
    const project = { provider: 'cartesia' };
    const hint = /add --provider cartesia/;
    await assert.rejects(
      resolve({ project, flags: { apiKeyFile: '/k' } }),
      failsWith('usage', /^flag --api-key-file does not say/, hint),
    );
    await assert.rejects(
      resolve({ project, env: { ALOUD_API_KEY_FILE: '/k' } }),
      failsWith('config', /^env ALOUD_API_KEY_FILE/, hint),
    );
    const { values } = await resolve({ project, flags: { apiKeyFile: '/k', provider: 'cartesia' } });
    assert.equal(values.apiKeyFile, '/k');
  });

  it('stays with the provider named beside it', needsSlng, async test => {
    const resolve = await stage(test);
    const user = {
      provider: 'cartesia',
      base_url: 'wss://mine.example',
      profiles: { s: { provider: 'slng', api_key_file: '/k' } },
    };
    assert.equal((await resolve({ user })).values.baseUrl, 'wss://mine.example/');
    const other = await resolve({ user, flags: { provider: 'slng' } });
    assert.equal(other.values.baseUrl, undefined);
    assert.deepEqual(other.warnings, []);
    const profile = await resolve({ user, flags: { profile: 's' } });
    assert.equal(profile.values.apiKeyFile, '/k');
    assert.equal(profile.values.baseUrl, undefined);
    const stolen = await resolve({ user, project: { provider: 'slng' } });
    assert.equal(stolen.values.baseUrl, undefined);
  });

  it('from any place goes with a provider chosen by flag, variable or your own file', async test => {
    const resolve = await stage(test);
    const address = async (given: Stage) => (await resolve(given)).values.baseUrl;
    assert.ok(await address({ user: { base_url: 'wss://a.example' }, flags: { provider: 'cartesia' } }));
    assert.ok(await address({ flags: { baseUrl: 'wss://a.example' }, user: { provider: 'cartesia' } }));
    assert.ok(
      await address({
        env: { ALOUD_BASE_URL: 'wss://a.example', ALOUD_PROVIDER: 'cartesia' },
        project: { voice: 'v' },
      }),
    );
    assert.ok(
      await address({ user: { base_url: 'wss://a.example', provider: 'cartesia' }, project: { provider: 'cartesia' } }),
    );
  });
});
