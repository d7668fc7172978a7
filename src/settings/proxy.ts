/** Which proxy stands before an address, by the variables that curl and its kin understand. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { Failure } from '../errors.ts';
import type { Env } from '../host.ts';

/** Whether `hostname`, as a URL has it, is this machine. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * The proxy for `url`, from HTTPS_PROXY, ALL_PROXY and NO_PROXY; the lower-case name wins. `wss:` counts as
 * `https:`. This machine is never reached through a proxy. Fails with `config` when the variable is no
 * `http:` or `https:` address. The URL may hold a password: show it with `proxyName` only.
 */
export function proxyFor(url: string | URL, env: Env): URL | undefined {
  const { hostname, protocol, port } = new URL(url);
  const secure = protocol === 'https:' || protocol === 'wss:';
  if (isLoopback(hostname) || isExempt(hostname, port || (secure ? '443' : '80'), env)) return undefined;
  // Upper-case HTTP_PROXY is left out on purpose: a web server's request header `Proxy` ends up there.
  const names = secure ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy'];
  const name = [...names, 'all_proxy', 'ALL_PROXY'].find(known => env[known]?.trim());
  return name === undefined ? undefined : parseProxy(name, env[name]?.trim() ?? '');
}

/** A proxy's address as it may be shown: without user and password. */
export function proxyName(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}

function parseProxy(name: string, value: string): URL {
  const address = value.includes('://') ? value : `http://${value}`;
  const hint = `set ${name} to an address such as http://proxy.example:3128, or name the host in NO_PROXY`;
  if (!URL.canParse(address)) throw new Failure('config', `${name} is not an address`, { hint });
  const proxy = new URL(address);
  if (proxy.protocol === 'http:' || proxy.protocol === 'https:') return proxy;
  throw new Failure('config', `${name} names a ${proxy.protocol} proxy, and only http: and https: are known`, { hint });
}

function isExempt(hostname: string, port: string, env: Env): boolean {
  const listed = env.no_proxy || env.NO_PROXY || '';
  const host = bare(hostname);
  return listed
    .split(/[,\s]+/)
    .filter(entry => entry !== '')
    .some(entry => entry === '*' || matches(entry.toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry.includes('/')) return isWithin(entry, host);
  const [, name = entry, only] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && only !== port) return false;
  const domain = bare(name).replace(/^\*?\./, '');
  return domain !== '' && (host === domain || (!isIPv4(host) && host.endsWith(`.${domain}`)));
}

function isWithin(network: string, host: string): boolean {
  const [address = '', bits = ''] = network.split('/');
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const known = isIPv4(address) ? isIPv4(host) : isIPv6(address) && isIPv6(host);
  if (!known || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 'ipv4' ? 32 : 128)) return false;
  const block = new BlockList();
  block.addSubnet(address, Number(bits), family);
  return block.check(host, family);
}

function bare(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
