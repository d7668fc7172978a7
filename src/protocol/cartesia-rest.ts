/** The bodies of Cartesia's HTTP requests, as the server reads them (protocol §8). */
import { type Generation, readRequest } from './cartesia-requests.ts';
import { bad, isObject, Members, parseMessage } from './members.ts';
import { Refusal } from './refusal.ts';

export type Container = 'raw' | 'wav';

export interface WholeRequest {
  readonly generation: Generation;
  readonly container: Container;
}

/**
 * Reads the body of `POST /tts/bytes` or `/tts/sse`: a generation request that is complete in itself.
 * `contextId` is the name it gets; members about contexts are not looked at.
 *
 * @throws Refusal as `readRequest` does, and for an empty transcript or a container not among `containers`.
 */
export function readWhole(
  text: string,
  version: string,
  contextId: string,
  containers: readonly Container[],
): WholeRequest {
  const body = parseMessage(text);
  const format = isObject(body.output_format) ? body.output_format : {};
  const container = containers.find(known => known === (format.container ?? 'raw'));
  if (container === undefined) {
    throw bad(`output_format.container must be ${containers.join(' or ')}`, 'Invalid output format');
  }
  const alone = { context_id: contextId, continue: false, flush: undefined, cancel: undefined };
  const message = {
    ...body,
    ...alone,
    ...(isObject(body.output_format) && { output_format: { ...format, container: 'raw' } }),
  };
  const request = readRequest(JSON.stringify(message), { version });
  if (request.kind === 'generation') return { generation: request, container };
  throw new Refusal({ status: 400, title: 'Invalid transcript', message: 'transcript is empty' });
}

/** The longest life of an access token, in seconds. */
export const MAX_TOKEN_SECONDS = 3600;

/**
 * Reads the body of `POST /access-token`: for how many seconds the token is wanted. The grants are
 * checked for form only, for speech is all there is to be had.
 *
 * @throws Refusal for a body of another form.
 */
export function readTokenRequest(text: string): number {
  const body = new Members(text.trim() === '' ? {} : parseMessage(text));
  const grants = new Members(body.object('grants') ?? {});
  for (const grant of ['tts', 'stt', 'agent']) grants.boolean(grant);
  return body.integer('expires_in', 1, MAX_TOKEN_SECONDS) ?? MAX_TOKEN_SECONDS;
}
