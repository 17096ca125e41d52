import { growingCache } from '../event-store/growing-cache.js';
import { sleep } from '../event-store/waiting.js';
import { networkOf, parseNetworkAddress } from '../security/network-address.js';

/** So many refusals of a network are answered at once, and as many a second afterwards. */
const REFUSALS_A_SECOND = 20;
const MAX_DELAY_MS = 1_000;
const MAX_NETWORKS = 10_000;
/** Beyond so many at once, which hold a connection each, refusals are answered as they come. */
const MAX_WAITING = 2_000;

const INTERVAL_MS = 1_000 / REFUSALS_A_SECOND;

/**
 * Who goes on asking after a refusal gets the next ones no faster than a person would. A flood from one network waits for its answers
 * then, and what it costs to refuse it is left to everybody else.
 */
export class RefusalPace {
  /** When a network's last answer is due, by its name (GCRA). Monotonic, in milliseconds. */
  readonly #due = growingCache<number>(MAX_NETWORKS);
  #waiting = 0;

  /** Resolves when a refusal may be answered, at most a second later; at once when the client hangs up. */
  async turn(address: string | null, signal: AbortSignal): Promise<void> {
    const delay = this.#delay(address, performance.now());
    if (delay === 0 || this.#waiting >= MAX_WAITING) return;
    this.#waiting += 1;
    try {
      await sleep(delay, signal);
    } finally {
      this.#waiting -= 1;
    }
  }

  #delay(address: string | null, now: number): number {
    const parsed = parseNetworkAddress(address);
    const network = parsed === null ? '' : networkOf(parsed, 24, 56);
    const due = Math.max(this.#due.get(network) ?? now, now);
    const delay = due - now - 1_000;
    if (delay >= MAX_DELAY_MS) return MAX_DELAY_MS;
    this.#due.set(network, due + INTERVAL_MS);
    return Math.max(0, delay);
  }
}
