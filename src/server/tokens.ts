/** Access tokens: made for a client that must not have the key, good for a while (protocol §8.1). */
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../speech.ts';

export interface Tokens {
  /** A new token, good for so many seconds. */
  issue(seconds: number): string;
  accepts(credential: string): boolean;
}

/** How many are remembered; the oldest go first. */
const MOST = 10_000;

/** Tokens are kept as digests, so that looking one up takes no time that depends on its text. */
export function createTokens(clock: Clock): Tokens {
  const ends = new Map<string, number>();
  return {
    issue(seconds) {
      const token = `aloud_${randomBytes(24).toString('base64url')}`;
      ends.set(digest(token), clock.now() + seconds * 1000);
      for (const [known, end] of ends) if (end <= clock.now() || ends.size > MOST) ends.delete(known);
      return token;
    },
    accepts: credential => (ends.get(digest(credential)) ?? Number.NEGATIVE_INFINITY) > clock.now(),
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
