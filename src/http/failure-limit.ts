import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Problem } from './problem.js';

const WINDOW_SECONDS = 15 * 60;

/** The attempts with one key that are under way, and who waits for one of them to end. */
interface UnderWay {
  count: number;
  waiting: (() => void)[];
}

/**
 * Admits attempts until so many with one key have failed within a quarter of an hour. Only a wrong password is a failure: a
 * store that is down or a server that is busy locks nobody out. An attempt may still fail while it is under way, so that many
 * at once are no way around: those that would exceed the limit if all of them failed wait until it is known.
 */
export class FailureLimit {
  readonly #failures: RateLimiterMemory;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(mostFailures: number) {
    this.#failures = new RateLimiterMemory({ points: mostFailures, duration: WINDOW_SECONDS });
  }

  /** Carries an attempt out. Rejects as it does, or with `Problem` 429 without carrying it out. */
  async during<T extends { readonly outcome: string }>(key: string, work: () => Promise<T>): Promise<T> {
    await this.#admit(key);
    try {
      const result = await work();
      if (result.outcome === 'invalid_credentials') await this.#failures.penalty(key);
      return result;
    } finally {
      this.#leave(key);
    }
  }

  async #admit(key: string): Promise<void> {
    for (;;) {
      const failed = await this.#failures.get(key);
      const failures = failed?.consumedPoints ?? 0;
      if (failed !== null && failures >= this.#failures.points) throw refusal(failed.msBeforeNext);
      const underWay = this.#underWay.get(key) ?? { count: 0, waiting: [] };
      this.#underWay.set(key, underWay);
      if (failures + underWay.count < this.#failures.points) {
        underWay.count += 1;
        return;
      }
      await new Promise<void>((resolve) => underWay.waiting.push(resolve));
    }
  }

  #leave(key: string): void {
    const underWay = this.#underWay.get(key);
    if (underWay === undefined) return;
    const { waiting } = underWay;
    underWay.count -= 1;
    underWay.waiting = [];
    if (underWay.count === 0) this.#underWay.delete(key);
    for (const resume of waiting) resume();
  }
}

function refusal(msBeforeNext: number): Problem {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return new Problem('too_many_requests', { headers: { 'Retry-After': String(seconds) } });
}
