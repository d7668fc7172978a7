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

/** An agent whose connections go through `proxy`. When `signal` is aborted, a tunnel in the making is given up. */
export async function openTunnel(proxy: URL, signal: AbortSignal): Promise<Tunnel> {
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  let status: number | undefined;
  // The agent itself would hold on to a proxy that never answers: the signal ends its socket.
  const agent = new HttpsProxyAgent(proxy, { signal });
  agent.on('proxyConnect', (answer: { readonly statusCode: number }) => {
    status = answer.statusCode;
  });
  return { agent: agent as Agent, refusal: () => refusalOf(proxy, status) };
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
