import { isIP } from 'node:net';

/** Addresses that stand for all addresses of the machine, and the one at which this machine reaches them. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The URL of a server that listens at an address; one of IPv6 stands in brackets there (RFC 3986 §3.2.2). */
export function serverUrl(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** The URL at which this machine reaches a server that listens at an address, which may stand for all addresses. */
export function localUrl(host: string, port: number): string {
  return serverUrl(ANY[host] ?? host, port);
}
