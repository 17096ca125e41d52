import type { Position } from '../event-store/position.js';
import { BackOff, sleep } from '../event-store/waiting.js';

const FIRST_PAUSE_MS = 2;
const MAX_PAUSE_MS = 25;

interface Waiter {
  readonly position: Position;
  readonly settle: (isShown: boolean) => void;
  readonly fail: (reason: Error) => void;
}

/**
 * Waits for the read model on behalf of all requests: however many wait, the checkpoint is asked for once at a time. A projector
 * in the same process reports its progress with `advanced`, which spares the waiting for the next poll.
 */
export class PositionWaiters {
  readonly #checkpoint: () => Promise<Position | null>;
  readonly #waiters = new Set<Waiter>();
  readonly #backOff = new BackOff(FIRST_PAUSE_MS, MAX_PAUSE_MS);
  #isPolling = false;

  /** `checkpoint` is the position that the read model shows. It rejects with `StoreUnavailableError`. */
  constructor(checkpoint: () => Promise<Position | null>) {
    this.#checkpoint = checkpoint;
  }

  /** How many requests wait. */
  get size(): number {
    return this.#waiters.size;
  }

  /** The read model has reached a position. */
  advanced(shown: Position): void {
    for (const waiter of this.#waiters) if (waiter.position <= shown) waiter.settle(true);
  }

  /** Asks the read model once whether it shows a position. Rejects as `checkpoint` does. */
  async isShown(position: Position): Promise<boolean> {
    // Nothing is remembered: a read model that was put back shows less than it did.
    return position <= ((await this.#checkpoint()) ?? '');
  }

  /** True once the read model shows the position, false if it does not within so many milliseconds. Rejects as `checkpoint` does. */
  wait(position: Position, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const settle = (isShown: boolean): void => {
        end();
        resolve(isShown);
      };
      const fail = (reason: Error): void => {
        end();
        reject(reason);
      };
      const waiter = { position, settle, fail };
      const timer = setTimeout(() => settle(false), timeoutMs);
      this.#waiters.add(waiter);
      // Most positions are shown within milliseconds of their append.
      this.#backOff.reset();
      if (!this.#isPolling) void this.#poll();
    });
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    while (this.#waiters.size > 0) {
      try {
        this.advanced((await this.#checkpoint()) ?? '');
      } catch (error) {
        for (const waiter of this.#waiters) waiter.fail(error as Error);
      }
      if (this.#waiters.size > 0) await sleep(this.#backOff.next());
    }
    this.#isPolling = false;
  }
}
