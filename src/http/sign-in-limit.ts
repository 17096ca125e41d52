import { createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from './problem.js';

const WINDOW_SECONDS = 15 * 60;
const FAILURES_PER_ACCOUNT = 20;
const FAILURES_PER_NETWORK = 300;

/**
 * Limits failed sign-ins, by account and client and by client alone (OWASP Authentication Cheat Sheet). An attempt counts from
 * its start and is given back if it succeeds, so that many at once are no way around.
 */
export class SignInLimit {
  readonly #exempt = new BlockList();
  readonly #perAccount = new RateLimiterMemory({ points: FAILURES_PER_ACCOUNT, duration: WINDOW_SECONDS });
  readonly #perNetwork = new RateLimiterMemory({ points: FAILURES_PER_NETWORK, duration: WINDOW_SECONDS });

  /** `exempt` are networks such as `10.0.0.0/8` or single addresses. */
  constructor(exempt: readonly string[]) {
    for (const network of exempt) {
      const [address = '', prefix] = network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#exempt.addAddress(address, family);
      else this.#exempt.addSubnet(address, Number(prefix), family);
    }
  }

  /** Counts an attempt; resolves to how to give it back. Rejects with `Problem` 429. */
  async attempt(email: string, ip: string): Promise<() => Promise<void>> {
    if (this.#isExempt(ip)) return () => Promise.resolve();
    const network = networkOf(ip);
    const account = createHash('sha256').update(`${network} ${email.toLowerCase()}`).digest('base64url');
    await consume(this.#perNetwork, network);
    await consume(this.#perAccount, account);
    return async () => {
      await Promise.all([this.#perNetwork.reward(network), this.#perAccount.reward(account)]);
    };
  }

  #isExempt(ip: string): boolean {
    const family = isIP(ip);
    return family !== 0 && this.#exempt.check(ip, family === 6 ? 'ipv6' : 'ipv4');
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
    throw new Problem('too_many_requests', { headers: { 'Retry-After': String(seconds) } });
  }
}

/** An IPv6 client has a whole /64 to itself. */
function networkOf(ip: string): string {
  if (isIP(ip) !== 6 || ip.startsWith('::ffff:')) return ip;
  const [head = '', tail = ''] = ip.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const missing = 8 - groups.length - tail.split(':').filter((group) => group !== '').length;
  return [...groups, ...Array.from({ length: missing }, () => '0')].slice(0, 4).join(':');
}
