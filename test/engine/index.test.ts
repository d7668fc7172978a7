import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ENGINES, openEngine } from '../../src/engine/index.ts';

describe('openEngine', () => {
  it('opens the first engine when none is named', async () => {
    const engine = await openEngine();
    assert.equal(engine.name, Object.keys(ENGINES)[0]);
    await engine.close();
  });

  it('says how to get what is not installed', async () => {
    const cause = new Error("Cannot find module '@echogarden/espeak-ng-emscripten'");
    const missing = openEngine('espeak', {
      locate() {
        throw cause;
      },
    });
    await assert.rejects(missing, {
      kind: 'config',
      exitCode: 3,
      message: 'the built-in voice is not installed',
      hint: 'run npm install @echogarden/espeak-ng-emscripten, or set CARTESIA_API_KEY or SLNG_API_KEY to use a service',
      cause,
    });
  });

  it('refuses an engine that does not exist', async () => {
    for (const name of ['piper', '__proto__', 'toString']) {
      await assert.rejects(openEngine(name), { kind: 'config', hint: 'known: espeak' });
    }
  });
});
