import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailableError } from '../domain/unavailable.js';
import { StreamDestroyedError, WrongExpectedRevisionError } from './errors.js';

/** Resolves after so many milliseconds, or at once when the signal aborts. Elapsed time: a wall clock that steps changes nothing. */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal && { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** Pauses that double from the first to the longest, in milliseconds; without end where no longest is given. */
export class BackOff {
  readonly #firstMs: number;
  readonly #longestMs: number;
  #nextMs: number;

  constructor(firstMs: number, longestMs = Infinity) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#nextMs = firstMs;
  }

  /** The next pause. */
  next(): number {
    const pauseMs = this.#nextMs;
    this.#nextMs = Math.min(pauseMs * 2, this.#longestMs);
    return pauseMs;
  }

  /** What was waited for has answered. */
  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}

/** What the promise gives; rejects with the error that `late` makes if that takes longer than so many milliseconds. */
export async function withTimeout<T>(milliseconds: number, promise: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

// Each conflict means that somebody else succeeded; so many in a row are no race but a defect.
const MAX_TRIES = 200;

/**
 * Loads, decides and appends again as long as somebody else appended first (optimistic concurrency), and once more where a stream was
 * destroyed in between: loading then finds that its session or user does not exist. Rejects as the attempt does, or with
 * `StoreUnavailableError` if there is no end to it.
 */
export async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  let wasDestroyed = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isDestroyed = error instanceof StreamDestroyedError;
      if (!(error instanceof WrongExpectedRevisionError) && (!isDestroyed || wasDestroyed)) throw error;
      wasDestroyed ||= isDestroyed;
      if (tries === MAX_TRIES) throw new StoreUnavailableError('event store', 'the stream does not come to rest', error);
    }
  }
}

export interface WakeOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** What `wakes` was before looking, where there is an `await` between looking and waiting. */
  readonly since?: number;
  /** Milliseconds after which the waiting ends; null: never. */
  readonly withinMs?: number | null;
}

/** Wakes everybody who waits for something to happen, at once. */
export class WakeSignal {
  readonly #waiting = new Set<() => void>();
  #wakes = 0;

  /** How often it woke so far. */
  get wakes(): number {
    return this.#wakes;
  }

  readonly wake = (): void => {
    this.#wakes += 1;
    for (const resolve of this.#waiting) resolve();
  };

  /**
   * Resolves at the next `wake`, when the signal aborts, or when the time is over. At once if it woke after `since`, so what happens
   * between looking and waiting is not slept through.
   */
  wait({ signal, since = this.#wakes, withinMs = null }: WakeOptions = {}): Promise<void> {
    if (signal?.aborted === true || since !== this.#wakes) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const done = (): void => {
        this.#waiting.delete(done);
        signal?.removeEventListener('abort', done);
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
      if (withinMs !== null) timer = setTimeout(done, Math.max(0, withinMs));
    });
  }
}
