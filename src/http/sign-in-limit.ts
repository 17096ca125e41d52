import { createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from './problem.js';

const WINDOW_SECONDS = 15 * 60;
const FAILURES_PER_ACCOUNT = 20;
const FAILURES_PER_NETWORK = 300;

/** Whose password is tried, and from where. */
export interface Attempt {
  /** An address or a user id. */
  readonly account: string;
  readonly ip: string;
}

/**
 * Limits failed sign-ins, by account and client and by client alone (OWASP Authentication Cheat Sheet). An attempt counts from
 * its start, so that many at once are no way around, and is given back unless the password was wrong: a store that is down or a
 * server that is busy locks nobody out.
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

  /** Carries an attempt out. Rejects as it does, or with `Problem` 429 without carrying it out. */
  async during<T extends { readonly outcome: string }>({ account, ip }: Attempt, work: () => Promise<T>): Promise<T> {
    if (this.#isExempt(ip)) return work();
    const network = networkOf(ip);
    // As addresses are told apart when signing in, so that no other spelling is an account of its own here.
    const name = createHash('sha256')
      .update(`${network} ${account.normalize('NFC').toLowerCase()}`)
      .digest('base64url');
    return counted(this.#perNetwork, network, () => counted(this.#perAccount, name, work));
  }

  #isExempt(ip: string): boolean {
    const family = isIP(ip);
    return family !== 0 && this.#exempt.check(ip, family === 6 ? 'ipv6' : 'ipv4');
  }
}

async function counted<T extends { readonly outcome: string }>(
  limiter: RateLimiterMemory,
  key: string,
  work: () => Promise<T>,
): Promise<T> {
  let failed = false;
  try {
    await consume(limiter, key);
    const result = await work();
    failed = result.outcome === 'invalid_credentials';
    return result;
  } finally {
    // The limiter counts what it refuses as well, and that was no wrong password either.
    if (!failed) await limiter.reward(key);
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
