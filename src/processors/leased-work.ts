import { StoreUnavailableError } from '../domain/unavailable.js';
import { sleep } from '../event-store/waiting.js';
import type { Leases } from './ports.js';

// Takeover after a crash takes at most the sum of both.
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

/**
 * - `starting`: not asked yet.
 * - `held`: this instance does the work.
 * - `elsewhere`: another instance does.
 * - `unknown`: the store of the leases does not answer. Work that goes on ends when the lease runs out.
 */
export type LeaseState = 'starting' | 'held' | 'elsewhere' | 'unknown';

/** The work, and the lease under which it is done. */
export interface LeasedWorkOptions {
  readonly leases: Leases;
  /** The name of the lease. */
  readonly name: string;
  /** Names this process among those that want the lease. */
  readonly holder: string;
  /** Called again and again while the lease is held: begins the work, unless it was begun. */
  readonly begin: () => void;
  /** Ends the work; resolves once it has ended. Called also when it was not begun. */
  readonly end: () => Promise<void>;
  /** Called when the state changes, with the reason why it is `unknown`. */
  readonly onState?: (state: LeaseState, reason?: unknown) => void;
  /** A defect. A store that is unavailable is waited for and shows in the state. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds; defaults 10,000 and 3,000. */
  readonly times?: { readonly leaseMs: number; readonly renewMs: number };
}

/**
 * Work that one of all instances does: the one that holds the lease. The lease is no fence: a paused process may go on after
 * losing it, so concurrent runs must be harmless.
 */
export class LeasedWork {
  readonly #options: LeasedWorkOptions;
  readonly #leaseMs: number;
  readonly #renewMs: number;
  #running: { readonly end: AbortController; readonly ended: Promise<void> } | null = null;
  #state: LeaseState = 'starting';
  #holds = false;

  constructor(options: LeasedWorkOptions) {
    this.#options = options;
    this.#leaseMs = options.times?.leaseMs ?? LEASE_MS;
    this.#renewMs = options.times?.renewMs ?? RENEW_MS;
  }

  /** Whether this instance is the one that does the work. */
  get holds(): boolean {
    return this.#holds;
  }

  get state(): LeaseState {
    return this.#state;
  }

  /**
   * Takes or renews the lease now: whether this instance has it. Work that goes on for long asks in this way whether it may go
   * on. Rejects as the leases do.
   */
  acquire(): Promise<boolean> {
    const { leases, name, holder } = this.#options;
    return leases.acquire(name, holder, this.#leaseMs);
  }

  start(): void {
    if (this.#running !== null) return;
    const end = new AbortController();
    this.#running = { end, ended: this.#run(end.signal) };
  }

  /** Ends the work and gives the lease up, so that another instance takes over at once. */
  async stop(): Promise<void> {
    if (this.#running === null) return;
    this.#running.end.abort();
    await this.#running.ended;
    this.#running = null;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { begin, end } = this.#options;
    let renewedAt = -Infinity;
    while (!signal.aborted) {
      const askedAt = performance.now();
      const state = await this.#ask();
      if (state === 'held') renewedAt = askedAt;
      this.#holds = state === 'held' || (state === 'unknown' && performance.now() - renewedAt < this.#leaseMs);
      if (this.#holds) begin();
      else await end();
      await sleep(this.#renewMs, signal);
    }
    await end();
    if (this.#holds) await this.#release();
    this.#holds = false;
    this.#state = 'starting';
  }

  async #ask(): Promise<LeaseState> {
    try {
      const state = (await this.acquire()) ? 'held' : 'elsewhere';
      this.#enter(state);
      return state;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) this.#options.onError(error);
      this.#enter('unknown', error);
      return 'unknown';
    }
  }

  async #release(): Promise<void> {
    const { leases, name, holder, onError } = this.#options;
    // If it cannot be given up, it runs out by itself.
    await leases.release(name, holder).catch((error: unknown) => {
      if (!(error instanceof StoreUnavailableError)) onError(error);
    });
  }

  #enter(state: LeaseState, reason?: unknown): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state, reason);
  }
}
