import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../domain/unavailable.js';
import type { Leases } from '../read-model/leases.js';

// A holder that died is succeeded after the first and one of the second at the latest.
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

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
  /** Told of what must not happen when the lease is asked for; a store that is away is waited for, and not told. */
  readonly onError: (error: unknown) => void;
}

/**
 * Work that one of all instances does: the one that holds the lease. The lease only saves work, it does not guard anything: two at
 * once must do no harm, for a process that was suspended does not know that it has lost its lease.
 */
export class LeasedWork {
  readonly #options: LeasedWorkOptions;
  #running: { readonly end: AbortController; readonly ended: Promise<void> } | null = null;
  #holds = false;

  constructor(options: LeasedWorkOptions) {
    this.#options = options;
  }

  /** Whether this instance is the one that does it. */
  get holds(): boolean {
    return this.#holds;
  }

  /**
   * Takes or renews the lease now: whether this instance has it. Work that goes on for long asks so whether it may go on. Rejects as
   * the leases do.
   */
  acquire(): Promise<boolean> {
    const { leases, name, holder } = this.#options;
    return leases.acquire(name, holder, LEASE_MS);
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
      const answer = await this.#ask();
      if (answer === 'held') renewedAt = askedAt;
      this.#holds = answer === 'held' || (answer === 'unknown' && performance.now() - renewedAt < LEASE_MS);
      if (this.#holds) begin();
      else await end();
      await sleep(RENEW_MS, undefined, { signal }).catch(() => undefined);
    }
    await end();
    if (this.#holds) await this.#release();
    this.#holds = false;
  }

  async #ask(): Promise<'held' | 'refused' | 'unknown'> {
    try {
      return (await this.acquire()) ? 'held' : 'refused';
    } catch (error) {
      this.#tell(error);
      return 'unknown';
    }
  }

  async #release(): Promise<void> {
    const { leases, name, holder } = this.#options;
    // If it cannot be given up, it runs out by itself.
    await leases.release(name, holder).catch((error: unknown) => this.#tell(error));
  }

  #tell(error: unknown): void {
    if (!(error instanceof StoreUnavailableError)) this.#options.onError(error);
  }
}
