import type { Collection, Db } from 'mongodb';
import { RateLimiterMongo, type RateLimiterAbstract, type RateLimiterRes } from 'rate-limiter-flexible';
import { growingCache } from '../../event-store/growing-cache.js';
import { withTimeout } from '../../event-store/waiting.js';
import { budgetState, type Budget, type BudgetState, type LimitCounters } from '../../security/limits/limit-counters.js';
import { MemoryLimitCounters } from '../../security/limits/memory-limit-counters.js';

const DEFAULT_COLLECTION = 'limits';
/** A sign-in waits no longer for its counters. */
const ANSWER_MS = 2_000;
/** After a failure MongoDB is left in peace for so long, and memory counts. */
const PAUSE_MS = 5_000;
/** A budget that was found spent is refused for so long without asking; another instance may have given a point back. */
const SPENT_MS = 1_000;
const MAX_SPENT_KEYS = 10_000;

/** How the counters reach their database, for example a `MongoStore` (src/mongodb/mongo-connection.ts). */
export interface MongoHandle {
  readonly db: Db;
  /** Uses the database once there is a connection. */
  run<T>(use: (db: Db) => Promise<T>): Promise<T>;
}

export interface MongoLimitCountersOptions {
  readonly collection?: string;
  /** Hears once of each outage, and of its end (null). */
  readonly onOutage?: (error: unknown) => void;
}

/**
 * Counters that all instances share, in a collection of their own with a TTL index. While MongoDB fails or is slow they are
 * counted in memory, by each instance for itself.
 */
export class MongoLimitCounters implements LimitCounters {
  readonly #handle: MongoHandle;
  readonly #onOutage: (error: unknown) => void;
  readonly #limiter: RateLimiterMongo;
  // The library's types know nothing of the window that comes with a call.
  readonly #counter: RateLimiterAbstract;
  readonly #memory = new MemoryLimitCounters();
  // The library blocks spent keys in memory too, but does not free them when a point is given back.
  readonly #spent = growingCache<number>(MAX_SPENT_KEYS, { ttl: SPENT_MS });
  #indexed: Promise<void> | null = null;
  #pausedUntil = -Infinity;

  constructor(
    handle: MongoHandle,
    { collection = DEFAULT_COLLECTION, onOutage = () => undefined }: MongoLimitCountersOptions = {},
  ) {
    this.#handle = handle;
    this.#onOutage = onOutage;
    this.#limiter = new RateLimiterMongo({
      storeClient: { collection: (name: string) => counters(handle.db, name) },
      tableName: collection,
      keyPrefix: '',
      // Each budget names its own number and window.
      points: Number.MAX_SAFE_INTEGER,
      duration: 1,
      disableIndexesCreation: true,
    });
    this.#counter = this.#limiter;
  }

  consume(budget: Budget): Promise<BudgetState> {
    return this.#count(
      async () => {
        const taken = await this.#add(budget, 1);
        if (taken.consumedPoints <= budget.points) return { ...stateOf(budget, taken), allowed: true };
        const { msBeforeReset } = stateOf(budget, await this.#add(budget, -1));
        return this.#noted(budget, { allowed: false, remaining: 0, msBeforeReset });
      },
      () => this.#memory.consume(budget),
    );
  }

  penalty(budget: Budget): Promise<BudgetState> {
    return this.#count(
      async () => this.#noted(budget, stateOf(budget, await this.#add(budget, 1))),
      () => this.#memory.penalty(budget),
    );
  }

  reward(budget: Budget): Promise<BudgetState> {
    this.#spent.delete(budget.key);
    return this.#count(
      async () => {
        const given = await this.#add(budget, -1);
        // The window had ended: a new one must not begin with a point too many.
        return stateOf(budget, given.consumedPoints < 0 ? await this.#add(budget, 1) : given);
      },
      () => this.#memory.reward(budget),
    );
  }

  get(budget: Budget): Promise<BudgetState> {
    return this.#count(
      async () => {
        const found = await this.#counter.get(budget.key);
        return found === null
          ? budgetState(budget, 0, budget.windowSeconds * 1000)
          : this.#noted(budget, stateOf(budget, found));
      },
      () => this.#memory.get(budget),
    );
  }

  spent(budget: Budget): BudgetState | null {
    const resetAt = this.#spent.get(budget.key);
    if (resetAt !== undefined && resetAt > performance.now())
      return budgetState(budget, budget.points, resetAt - performance.now());
    return this.#isPaused ? this.#memory.spent(budget) : null;
  }

  #noted(budget: Budget, state: BudgetState): BudgetState {
    if (!state.allowed) this.#spent.set(budget.key, performance.now() + state.msBeforeReset);
    return state;
  }

  get #isPaused(): boolean {
    return performance.now() < this.#pausedUntil;
  }

  #add({ key, windowSeconds }: Budget, points: 1 | -1): Promise<RateLimiterRes> {
    const options = { customDuration: windowSeconds };
    return points === 1 ? this.#counter.penalty(key, 1, options) : this.#counter.reward(key, 1, options);
  }

  async #count(inMongo: () => Promise<BudgetState>, inMemory: () => Promise<BudgetState>): Promise<BudgetState> {
    if (this.#isPaused) return inMemory();
    try {
      const state = await withDeadline(
        this.#handle.run(async () => {
          await this.#indexes();
          return inMongo();
        }),
      );
      if (this.#pausedUntil !== -Infinity) this.#onOutage(null);
      this.#pausedUntil = -Infinity;
      return state;
    } catch (error) {
      if (this.#pausedUntil === -Infinity) this.#onOutage(error);
      this.#pausedUntil = performance.now() + PAUSE_MS;
      return inMemory();
    }
  }

  /** Without the unique index two instances could count one key apart. */
  #indexes(): Promise<void> {
    this.#indexed ??= this.#limiter.createIndexes().catch((error: unknown) => {
      this.#indexed = null;
      throw error;
    });
    return this.#indexed;
  }
}

function stateOf(budget: Budget, { consumedPoints, msBeforeNext }: RateLimiterRes): BudgetState {
  return budgetState(budget, consumedPoints, msBeforeNext);
}

/** A counter that is lost with a primary costs an attacker's failure; one that waits for a journal costs every sign-in. */
function counters(db: Db, name: string): Collection {
  return db.collection(name, { writeConcern: { w: 1, journal: false }, readConcern: { level: 'local' } });
}

function withDeadline<T>(work: Promise<T>): Promise<T> {
  return withTimeout(ANSWER_MS, work, () => new Error(`MongoDB has not counted within ${ANSWER_MS} ms`));
}
