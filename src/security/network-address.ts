import ipaddr from 'ipaddr.js';
import { growingCache } from '../event-store/growing-cache.js';

/** An IP address in its one canonical form. */
export interface NetworkAddress {
  readonly family: 4 | 6;
  /** Dotted decimal, or RFC 5952 text. */
  readonly text: string;
}

/** A network: its first address and the length of its prefix, in bits. */
export interface Network extends NetworkAddress {
  readonly prefix: number;
}

/** Where a request seems to come from. */
export interface Connection {
  /** The address of the other end of the connection, if the socket still knows it. */
  readonly peer: string | null | undefined;
  /** `X-Forwarded-For` as it came. */
  readonly forwardedFor: string | readonly string[] | null | undefined;
  /** How many proxies of ours add to it; with 0 the header is ignored. */
  readonly trustedProxies: number;
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const MAPPED_BITS = IPV6_BITS - IPV4_BITS;
const HIGHEST_PORT = 65_535;
/** `[address]:port`; the port may be missing. */
const IN_BRACKETS = /^\[([^[\]]+)\](?::(\d{1,5}))?$/;
/** `a.b.c.d:port`. An IPv6 address without brackets has no port. */
const IPV4_AND_PORT = /^([\d.]+):(\d{1,5})$/;
/** An IPv6 address whose last 32 bits are written as an IPv4 address. */
const WITH_IPV4 = /^(.*:)(\d+\.[\d.]*)$/;
const QUOTED = /^"(.*)"$/;
/** A connection is kept and its address comes again with each request; parsing costs more than all else that is done with it. */
const PARSED = growingCache<{ readonly address: NetworkAddress | null }>(2_000);
const NETWORKS = growingCache<string>(2_000);
/** Longer than any address with zone and port: what strangers send is not kept. */
const MAX_KEPT_CHARACTERS = 64;

/**
 * Reads an address as proxies and sockets write it: with a port, in brackets or quotes, with a zone, an IPv4 address mapped
 * into IPv6, in any spelling. Answers null for everything else, also for IPv4 in octal, hexadecimal or with fewer than
 * four parts, which programs understand differently.
 */
export function parseNetworkAddress(text: string | null | undefined): NetworkAddress | null {
  if (text === null || text === undefined) return null;
  const known = PARSED.get(text);
  if (known !== undefined) return known.address;
  const ip = parseIp(text);
  const address = ip && canonical(ip);
  if (text.length <= MAX_KEPT_CHARACTERS) PARSED.set(text, { address });
  return address;
}

/** The network of an address, as text such as `192.0.2.0/24`. */
export function networkOf(address: NetworkAddress, v4Prefix: number, v6Prefix: number): string {
  const prefix = address.family === 4 ? v4Prefix : v6Prefix;
  const key = `${address.text}/${prefix}`;
  let network = NETWORKS.get(key);
  if (network === undefined) {
    network = `${firstAddress(ipaddr.parse(address.text), prefix).text}/${prefix}`;
    NETWORKS.set(key, network);
  }
  return network;
}

/** Reads `10.0.0.0/8` or a single address. Answers null if it is neither; a mapped IPv4 network is an IPv4 network. */
export function parseNetwork(text: string): Network | null {
  // No port, zone or brackets: they have no meaning in a network.
  const [, address = '', bits] = /^([\d.]+|[\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text.trim()) ?? [];
  const ip = IPV4_AND_PORT.test(address) ? null : parseIp(address);
  if (ip === null) return null;
  const prefix = prefixOf(ip, address, bits);
  return prefix === null ? null : { ...firstAddress(ip, prefix), prefix };
}

/** A list of networks, such as those that no limit concerns. */
export class NetworkList {
  readonly #networks: readonly [Ip, number][];

  /** Throws `RangeError` for an entry that is neither a network nor an address. */
  constructor(networks: readonly string[]) {
    this.#networks = networks.map((text) => {
      const network = parseNetwork(text);
      if (network === null) throw new RangeError(`${text} is not a network`);
      return [ipaddr.parse(network.text), network.prefix];
    });
  }

  has(address: NetworkAddress | null): boolean {
    if (address === null) return false;
    const ip = ipaddr.parse(address.text);
    return this.#networks.some(([network, prefix]) => network.kind() === ip.kind() && ip.match(network, prefix));
  }
}

/**
 * The client's address in canonical form. Each proxy of ours appends the address of its peer to `X-Forwarded-For`, so behind
 * N proxies the entry N from the right is the first one that no client can invent. An entry that is no address falls back
 * to the peer. Null only when the peer is unknown too (a socket that is closed, or one without addresses).
 */
export function clientAddress({ peer, forwardedFor, trustedProxies }: Connection): string | null {
  const forwarded = trustedProxies > 0 ? forwardedEntry(forwardedFor ?? '', trustedProxies) : '';
  return (parseNetworkAddress(forwarded) ?? parseNetworkAddress(peer))?.text ?? null;
}

function forwardedEntry(header: string | readonly string[], trustedProxies: number): string {
  const entries = (typeof header === 'string' ? header : header.join(',')).split(',');
  return entries.at(-Math.min(trustedProxies, entries.length)) ?? '';
}

/** How many bits of the address name the network; all of them if `bits` is missing. Null if it has not so many. */
function prefixOf(ip: Ip, address: string, bits: string | undefined): number | null {
  const most = ip.kind() === 'ipv4' ? IPV4_BITS : IPV6_BITS;
  const isMapped = ip.kind() === 'ipv4' && address.includes(':');
  const prefix = bits === undefined ? most : Number(bits) - (isMapped ? MAPPED_BITS : 0);
  return prefix >= 0 && prefix <= most ? prefix : null;
}

function parseIp(text: string): Ip | null {
  const trimmed = text.trim().replace(QUOTED, '$1');
  const [, inBrackets, port6] = IN_BRACKETS.exec(trimmed) ?? [];
  if (inBrackets !== undefined) return isPort(port6) ? parseIpv6(inBrackets) : null;
  const [, beforePort, port4] = IPV4_AND_PORT.exec(trimmed) ?? [];
  if (beforePort !== undefined) return isPort(port4) ? parseIpv4(beforePort) : null;
  return trimmed.includes(':') ? parseIpv6(trimmed) : parseIpv4(trimmed);
}

function isPort(port: string | undefined): boolean {
  return port === undefined || Number(port) <= HIGHEST_PORT;
}

function parseIpv4(text: string): ipaddr.IPv4 | null {
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : null;
}

function parseIpv6(text: string): Ip | null {
  // The zone says which interface of this host the address is reached through, nothing about the client.
  const [spelled = ''] = text.split('%');
  const address = inHexadecimal(spelled);
  if (address === null || !ipaddr.IPv6.isValid(address)) return null;
  const ip = ipaddr.IPv6.parse(address);
  return ip.isIPv4MappedAddress() ? ip.toIPv4Address() : ip;
}

/**
 * The address without a dotted part, which the library takes for a mapped address after a bare `::` too: `::1.2.3.4` is the IPv6
 * address `::102:304` (IPv4-compatible, RFC 4291 §2.5.5.1), and one address has one form. Null if that part is no IPv4 address.
 */
function inHexadecimal(text: string): string | null {
  const [, before = '', dotted] = WITH_IPV4.exec(text) ?? [];
  if (dotted === undefined) return text;
  const ip = parseIpv4(dotted);
  if (ip === null) return null;
  const [a, b, c, d] = ip.octets as [number, number, number, number];
  return `${before}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function canonical(ip: Ip): NetworkAddress {
  return ip instanceof ipaddr.IPv4 ? { family: 4, text: ip.toString() } : { family: 6, text: ip.toRFC5952String() };
}

function firstAddress(ip: Ip, prefix: number): NetworkAddress {
  const bytes = ip.toByteArray().map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8));
    return byte & (0xff << (8 - bits)) & 0xff;
  });
  return canonical(ipaddr.fromByteArray(bytes));
}
