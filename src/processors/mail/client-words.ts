import { networkOf, parseNetworkAddress } from '../../security/network-address.js';
import { browserWords, readUserAgent } from '../../security/user-agent.js';

const IPV4_PREFIX = 24;
const IPV6_PREFIX = 48;

/**
 * What a User-Agent is called by people: `Chrome on Linux`. Of an unknown one nothing is quoted: a stranger chooses that text, and
 * would have us mail it.
 */
export function agentWords(userAgent: string | null): string {
  if (userAgent === null) return 'not known';
  const { browser, system } = readUserAgent(userAgent);
  if (browser !== null) return browserWords(browser, system);
  return system === null ? 'a program that is no known browser' : `a program on ${system}`;
}

/** The network of an address, enough to recognise one's own: `192.0.2.0/24`. */
export function networkWords(ip: string | null): string {
  const address = parseNetworkAddress(ip);
  return address === null ? 'not known' : networkOf(address, IPV4_PREFIX, IPV6_PREFIX);
}
