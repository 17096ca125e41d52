/** How a wait ended: with a place that was handed over, or otherwise; then it is time to look again. */
export type Turn = 'handed' | 'changed';

interface Key {
  count: number;
  readonly waiting: Set<(turn: Turn) => void>;
}

/** The attempts of this process that have taken from a budget and are not decided, and those who wait for one of them. */
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
    for (const wake of entry.waiting) wake('changed');
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Waits so many milliseconds at most for one of those in flight. After `handed` the place has to be left. */
  async wait(key: string, ms: number, signal?: AbortSignal): Promise<Turn> {
    const entry = this.#keys.get(key);
    if (entry === undefined || signal?.aborted) return 'changed';
    return new Promise((resolve) => {
      const end = (turn: Turn): void => {
        entry.waiting.delete(end);
        clearTimeout(timer);
        signal?.removeEventListener('abort', giveUp);
        resolve(turn);
      };
      const giveUp = (): void => end('changed');
      const timer = setTimeout(giveUp, ms);
      signal?.addEventListener('abort', giveUp, { once: true });
      entry.waiting.add(end);
    });
  }
}
