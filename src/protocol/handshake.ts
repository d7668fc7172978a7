/** What connecting takes in any message language: an address, headers, and a credential that is fit to be in one. */
import { Failure } from '../errors.ts';

/** An upgrade request before it is made. */
export interface Handshake {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A credential without the blanks around it.
 *
 * @throws Failure `config` for one that cannot be one: it would end up inside a header. The value is not shown.
 */
export function checkedCredential(value: string, kind: 'key' | 'token'): string {
  const name = kind === 'key' ? 'API key' : 'access token';
  const bare = value.trim();
  if (bare === '') throw new Failure('config', `the ${name} is empty`);
  if (/^[\x21-\x7e]+$/.test(bare)) return bare;
  throw new Failure('config', `the ${name} holds blanks or characters that no ${name} has`, {
    hint: `copy the ${name} again, without quotes or line breaks inside`,
  });
}
