/** Access to a provider for tests: a service on this machine, a key that must never be seen, no second attempts. */
import { systemClock } from '../../src/host.ts';
import type { Access } from '../../src/providers/index.ts';
import { CANARY, patience } from './wire.ts';

/** Access to whoever listens at `url`, with what `more` changes. */
export function accessTo(url: URL, more: Partial<Access> = {}): Access {
  return {
    credential: { kind: 'key', secret: { reveal: () => CANARY } },
    baseUrl: new URL(url.origin.replace(/^http/, 'ws')),
    apiVersion: '2026-03-01',
    auth: 'header',
    connectTimeoutMs: patience(more.clock),
    timeoutMs: patience(more.clock),
    retries: 0,
    proxyFor: () => undefined,
    clock: systemClock,
    redact: text => text.replaceAll(CANARY, '[secret]'),
    userAgent: 'aloud/test',
    warn() {},
    ...more,
  };
}
