import { createHash } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { FailureLimit } from './failure-limit.js';

const FAILURES_PER_ACCOUNT = 20;
const FAILURES_PER_NETWORK = 300;

/** Whose password is tried, and from where. */
export interface Attempt {
  /** An address or a user id. */
  readonly account: string;
  readonly ip: string;
}

/** Limits failed sign-ins, by account and client and by client alone (OWASP Authentication Cheat Sheet). */
export class SignInLimit {
  readonly #exempt = new BlockList();
  readonly #perAccount = new FailureLimit(FAILURES_PER_ACCOUNT);
  readonly #perNetwork = new FailureLimit(FAILURES_PER_NETWORK);

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
    return this.#perNetwork.during(network, () => this.#perAccount.during(name, work));
  }

  #isExempt(ip: string): boolean {
    const family = isIP(ip);
    return family !== 0 && this.#exempt.check(ip, family === 6 ? 'ipv6' : 'ipv4');
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
