/** The way through a proxy: a tunnel to the service, and what the proxy says when it does not give one. */
import type { Agent } from 'node:http';
import { Failure } from '../errors.ts';

export interface Tunnel {
  readonly agent: Agent;
  /** The proxy's own refusal, once there is one: then the answer that follows is not the service's. */
  refusal(): Failure | undefined;
}

/** A proxy's address as shown: without user and password. */
export function nameOf(proxy: URL): string {
  return `the proxy ${proxy.protocol}//${proxy.host}`;
}

/** Makes connections through `proxy` (`http:` or `https:`). When `signal` is aborted, nothing of them stays. */
export async function tunnelThrough(proxy: URL, signal: AbortSignal): Promise<Tunnel> {
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  let status: number | undefined;
  // On its own the agent would hold on to a proxy that never answers, and with it the process.
  const agent = new HttpsProxyAgent(readable(proxy), { signal });
  agent.on('proxyConnect', (answer: { readonly statusCode: number }) => {
    status = answer.statusCode;
  });
  return { agent: agent as Agent, refusal: () => refusalOf(proxy, status) };
}

/** The same address, in which user and password can be decoded: a `%` that encodes nothing stands for itself. */
function readable(proxy: URL): URL {
  const url = new URL(proxy);
  url.username = url.username.replace(/%(?![0-9a-f]{2})/gi, '%25');
  url.password = url.password.replace(/%(?![0-9a-f]{2})/gi, '%25');
  return url;
}

function refusalOf(proxy: URL, status: number | undefined): Failure | undefined {
  if (status === undefined || status === 200) return undefined;
  const message = `${nameOf(proxy)} refused the connection (${status})`;
  if (status === 407) {
    return new Failure('network', message, {
      status,
      hint: 'put the user and password of the proxy into HTTPS_PROXY: http://user:password@host:port',
    });
  }
  return new Failure('network', message, {
    status,
    retryable: status === 429 || status >= 500,
    hint: 'check HTTPS_PROXY, or name the host in NO_PROXY',
  });
}
