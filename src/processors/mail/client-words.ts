import { networkOf, parseNetworkAddress } from '../../security/network-address.js';

const BROWSERS = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/\d/],
  ['Opera', /\bOPR\/\d/],
  ['Samsung Internet', /\bSamsungBrowser\/\d/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/\d/],
  ['Chrome', /(?:Chrome|Chromium|CriOS)\/\d/],
  ['Safari', /\bVersion\/[\d.]+ (?:Mobile\/\S+ )?Safari\//],
] as const;
const SYSTEMS = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
] as const;
const IPV4_PREFIX = 24;
const IPV6_PREFIX = 48;

/**
 * What a User-Agent is called by people: `Chrome on Linux`. Of an unknown one nothing is quoted: a stranger chooses that text, and
 * would have us mail it.
 */
export function agentWords(userAgent: string | null): string {
  if (userAgent === null) return 'not known';
  const browser = BROWSERS.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? null;
  const system = SYSTEMS.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? null;
  if (browser === null) return system === null ? 'a program that is no known browser' : `a program on ${system}`;
  return system === null ? browser : `${browser} on ${system}`;
}

/** The network of an address, enough to recognise one's own: `192.0.2.0/24`. */
export function networkWords(ip: string | null): string {
  const address = parseNetworkAddress(ip);
  return address === null ? 'not known' : networkOf(address, IPV4_PREFIX, IPV6_PREFIX);
}
