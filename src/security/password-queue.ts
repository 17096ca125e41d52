import { AnswerGroup } from './answer-group.js';
import { ClientGoneError } from './client-gone-error.js';
import { TooBusyError } from './too-busy-error.js';

/** What a password is hashed for. Each purpose has a queue of its own. */
export type PasswordPurpose = 'sign_in' | 'registration' | 'other';

// A hash takes 8 to 30 milliseconds of a processor and fills its caches: what a sign-in does before and after it then takes three times as
// long, more than a third of a hash. Four at once take little more than one (docs/PERFORMANCE.md).
const GROUP = 4;
const LONGEST_HELD_MS = 20;

interface Job {
  readonly start: () => void;
}

export interface PasswordQueueOptions {
  readonly concurrency: number;
  readonly maxWaiting: number;
  readonly isBusy?: () => boolean;
}

/**
 * Runs a few jobs at a time and lets the rest wait, in one bounded queue a purpose. The queues take turns, so a storm of
 * registrations costs a sign-in one registration's time, not the whole storm's. While jobs wait, those that are done are answered a few
 * at a time.
 */
export class PasswordQueue {
  readonly #concurrency: number;
  readonly #isBusy: () => boolean;
  readonly #maxWaiting: number;
  readonly #queues = new Map<PasswordPurpose, Set<Job>>();
  readonly #done = new AnswerGroup(GROUP, LONGEST_HELD_MS);
  #running = 0;

  /**
   * So many jobs run at a time, and one fewer, but never none, of those that begin while `isBusy` says so. `maxWaiting` jobs of each
   * purpose wait; one more is refused.
   */
  constructor({ concurrency, maxWaiting, isBusy = () => false }: PasswordQueueOptions) {
    this.#concurrency = concurrency;
    this.#maxWaiting = maxWaiting;
    this.#isBusy = isBusy;
  }

  /** How many jobs wait, by purpose. */
  get waiting(): Readonly<Record<PasswordPurpose, number>> {
    const size = (purpose: PasswordPurpose): number => this.#queues.get(purpose)?.size ?? 0;
    return { sign_in: size('sign_in'), registration: size('registration'), other: size('other') };
  }

  /**
   * Runs the work when its turn comes. Rejects as the work does, with `TooBusyError` when the queue is full, and with
   * `ClientGoneError` when the signal aborts before the work began; that work is then never done.
   */
  async run<T>(purpose: PasswordPurpose, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (signal?.aborted) throw new ClientGoneError();
    if (!this.#takePlace()) await this.#turn(purpose, signal);
    try {
      return await work();
    } finally {
      this.#running -= 1;
      const isWaitedFor = this.#isAnyWaiting();
      this.#startNext();
      const together = this.#done.join();
      if (!isWaitedFor) this.#done.release();
      await together;
    }
  }

  #turn(purpose: PasswordPurpose, signal: AbortSignal | undefined): Promise<void> {
    const queue = this.#queues.get(purpose) ?? new Set<Job>();
    if (queue.size >= this.#maxWaiting) return Promise.reject(new TooBusyError('too many passwords wait to be checked'));
    this.#queues.set(purpose, queue);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        queue.delete(job);
        reject(new ClientGoneError());
      };
      const job: Job = {
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      queue.add(job);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  /** Whether a job may begin at once. More may run by now than when one ended last: those who wait come first. */
  #takePlace(): boolean {
    this.#startNext();
    if (!this.#mayStart()) return false;
    this.#running += 1;
    return true;
  }

  /** Starts as many of those who wait as may run now. */
  #startNext(): void {
    while (this.#mayStart()) {
      const job = this.#takeNext();
      if (job === null) return;
      this.#running += 1;
      job.start();
    }
  }

  #isAnyWaiting(): boolean {
    return [...this.#queues.values()].some(({ size }) => size > 0);
  }

  #mayStart(): boolean {
    return this.#running < (this.#isBusy() ? Math.max(1, this.#concurrency - 1) : this.#concurrency);
  }

  #takeNext(): Job | null {
    for (const [purpose, queue] of this.#queues) {
      const [job] = queue;
      if (job === undefined) continue;
      queue.delete(job);
      // A map keeps the order of insertion: this purpose is now the last to be asked.
      this.#queues.delete(purpose);
      this.#queues.set(purpose, queue);
      return job;
    }
    return null;
  }
}
