/** What became of a wait: a point was given back for this one, things have changed, or nothing can change any more. */
export type Turn = 'handed' | 'retry' | 'refuse';

interface Key {
  count: number;
  readonly waiting: Set<(turn: Turn) => void>;
}

/** Nobody waits longer to learn whether others failed. */
const WAIT_MS = 10_000;

/**
 * The attempts of this process that have taken from a budget and are not decided. They count as failures until then, so a
 * parallel burst cannot bypass a limit; who is refused because of them alone may wait until one is given back. So many
 * correct sign-ins at once are neither refused nor put in a row.
 */
export class InFlight {
  readonly #keys = new Map<string, Key>();

  /** Counts one in. Each has to leave once. */
  enter(key: string): void {
    const entry = this.#keys.get(key);
    if (entry === undefined) this.#keys.set(key, { count: 1, waiting: new Set() });
    else entry.count += 1;
  }

  /** Counts one out. With `isFree` it gave its point back, and one of those who wait is next. */
  leave(key: string, isFree: boolean): void {
    const entry = this.#keys.get(key);
    if (entry === undefined) return;
    const [next] = entry.waiting;
    // The place passes to the one who waited, who leaves it after the next try.
    if (isFree && next !== undefined) {
      next('handed');
      return;
    }
    entry.count -= 1;
    if (entry.count > 0) return;
    this.#keys.delete(key);
    for (const wake of entry.waiting) wake('retry');
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Waits for one of those in flight; not at all if there is none. After `handed` the place has to be left. */
  async wait(key: string, signal?: AbortSignal): Promise<Turn> {
    const entry = this.#keys.get(key);
    if (entry === undefined || signal?.aborted) return 'refuse';
    return new Promise((resolve) => {
      const end = (turn: Turn): void => {
        entry.waiting.delete(end);
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        resolve(turn);
      };
      const giveUp = (): void => end('refuse');
      const timer = setTimeout(giveUp, WAIT_MS).unref();
      signal?.addEventListener('abort', giveUp, { once: true });
      entry.waiting.add(end);
    });
  }
}
