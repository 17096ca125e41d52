import { growingCache } from '../../event-store/growing-cache.js';
import { budgetState, type Budget, type BudgetState, type LimitCounters } from './limit-counters.js';

/** So many keys cost some 20 MB. Beyond them the counters that were not touched for longest go. */
const MAX_KEYS = 100_000;

/**
 * Counters of one process, which end with it. A point is taken or refused in one step, without an instant in which too many are
 * taken, and however many keys a flood makes, the memory is bounded: the limiter library's own memory has neither. Time
 * is the monotonic clock's.
 */
export class MemoryLimitCounters implements LimitCounters {
  readonly #windows = growingCache<{ taken: number }>(MAX_KEYS, { ttlResolution: 0 });

  consume(budget: Budget): Promise<BudgetState> {
    return Promise.resolve(this.spent(budget) ?? { ...this.#take(budget), allowed: true });
  }

  penalty(budget: Budget): Promise<BudgetState> {
    return Promise.resolve(this.#take(budget));
  }

  reward(budget: Budget): Promise<BudgetState> {
    const window = this.#windows.get(budget.key);
    if (window !== undefined && window.taken > 0) window.taken -= 1;
    return this.get(budget);
  }

  get(budget: Budget): Promise<BudgetState> {
    return Promise.resolve(this.#state(budget));
  }

  spent(budget: Budget): BudgetState | null {
    const state = this.#state(budget);
    return state.allowed ? null : state;
  }

  #state(budget: Budget): BudgetState {
    const window = this.#windows.get(budget.key);
    if (window === undefined) return budgetState(budget, 0, budget.windowSeconds * 1000);
    return budgetState(budget, window.taken, this.#windows.getRemainingTTL(budget.key));
  }

  #take(budget: Budget): BudgetState {
    const window = this.#windows.get(budget.key);
    if (window === undefined) this.#windows.set(budget.key, { taken: 1 }, { ttl: budget.windowSeconds * 1000 });
    else window.taken += 1;
    return this.#state(budget);
  }
}
