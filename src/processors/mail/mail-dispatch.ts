import { withTimeout } from '../../event-store/waiting.js';
import type { MailRequest } from './mail-request.js';

export interface MailDispatchOptions<J extends Pick<MailRequest, 'userId'>> {
  /** One try; resolves when the mail is settled, rejects when it must be tried again. */
  readonly attempt: (job: J) => Promise<void>;
  readonly onSettled: (job: J) => void;
  /** The mail waits so many milliseconds now. */
  readonly onDelayed: (
    job: J,
    delay: { readonly failures: number; readonly retryInMs: number; readonly error: unknown },
  ) => void;
  /** See `pauseBeforeRetry`. */
  readonly pauseMs: (failures: number, tryingForMs: number) => number;
  /** How many mails are under way at once. */
  readonly maxAtOnce: number;
}

interface Entry<J> {
  readonly job: J;
  failures: number;
  /** Elapsed time, so a wall clock that steps changes nothing. */
  firstTriedAt: number | null;
}

/**
 * Tries mails until each is settled: in their order, several at once, but one at a time a user. A mail that must be tried again
 * waits by itself and holds up nobody, not even the same user's next mail.
 */
export class MailDispatch<J extends Pick<MailRequest, 'userId'>> {
  readonly #options: MailDispatchOptions<J>;
  /** Due now, in their order. */
  #due: Entry<J>[] = [];
  /** Due as well, once the user's mail under way has ended. The users who have one are its keys. */
  readonly #behind = new Map<string, Entry<J>[]>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #underWay = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: MailDispatchOptions<J>) {
    this.#options = options;
  }

  add(job: J): void {
    this.#due.push({ job, failures: 0, firstTriedAt: null });
    this.#pump();
  }

  /** Begins no more tries, and waits at most so long for those under way: a mail cut off here is sent twice. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const over = new Error('mails are still under way');
    await withTimeout(graceMs, Promise.all(this.#underWay), () => over).catch((error: unknown) => {
      if (error !== over) throw error;
    });
  }

  #pump(): void {
    while (!this.#stopped && this.#underWay.size < this.#options.maxAtOnce) {
      const entry = this.#due.shift();
      if (entry === undefined) return;
      const behind = this.#behind.get(entry.job.userId);
      if (behind === undefined) this.#begin(entry);
      else behind.push(entry);
    }
  }

  #begin(entry: Entry<J>): void {
    const { userId } = entry.job;
    this.#behind.set(userId, []);
    const ended = this.#try(entry).finally(() => {
      this.#underWay.delete(ended);
      const behind = this.#behind.get(userId) ?? [];
      if (behind.length > 0) this.#due = [...behind, ...this.#due];
      this.#behind.delete(userId);
      this.#pump();
    });
    this.#underWay.add(ended);
  }

  async #try(entry: Entry<J>): Promise<void> {
    const { attempt, onSettled } = this.#options;
    entry.firstTriedAt ??= performance.now();
    try {
      await attempt(entry.job);
    } catch (error) {
      this.#retryLater(entry, error);
      return;
    }
    onSettled(entry.job);
  }

  #retryLater(entry: Entry<J>, error: unknown): void {
    entry.failures += 1;
    const { failures, job } = entry;
    const retryInMs = this.#options.pauseMs(failures, performance.now() - (entry.firstTriedAt ?? 0));
    this.#options.onDelayed(job, { failures, retryInMs, error });
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#due.push(entry);
      this.#pump();
    }, retryInMs).unref();
    this.#timers.add(timer);
  }
}
