import { BlockList, isIP } from 'node:net';
import type { z } from 'zod';
import { list } from './checks.js';

/** Networks separated by commas: addresses, or addresses with the length of a prefix. */
export function networks(): z.ZodType<string[], string> {
  return list().refine(
    (items) => items.every(isNetwork),
    'must be networks separated by commas, for example 10.0.0.0/8, ::1',
  );
}

/** Whether a host name or address is this machine alone. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const family = isIP(host);
  if (family === 0) return false;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

const ANY_ADDRESS = ['0.0.0.0', '::'];

/** Whether listeners at two hosts take the same address for certain: names may stand for the same one, which only the system knows. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  if (a === b || a === '::' || b === '::') return true;
  return [a, b].some((host) => ANY_ADDRESS.includes(host)) && isIP(a) === isIP(b);
}

function isNetwork(network: string): boolean {
  const [address = '', prefix, ...rest] = network.split('/');
  const family = isIP(address);
  // An address with a zone is one of this machine's links, and no network.
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  if (prefix === undefined) return true;
  try {
    new BlockList().addSubnet(address, /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1, family === 6 ? 'ipv6' : 'ipv4');
    return true;
  } catch {
    return false;
  }
}
