import { setTimeout as sleep } from 'node:timers/promises';
import type { Leases } from '../src/read-model/leases.js';
import { StoreUnavailableError } from '../src/domain/unavailable.js';
import type { Projector } from './projector.js';

const LEASE = 'projector';
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;

/**
 * Lets a projector run on one of all instances: while this one holds the lease. The lease only saves work, it does not guard
 * anything: two projectors at once cannot harm, for the read model takes no batch that does not follow its checkpoint.
 */
export class LeasedProjector {
  readonly #projector: Projector;
  readonly #leases: Leases;
  readonly #holder: string;
  #running: { readonly end: AbortController; readonly ended: Promise<void> } | null = null;
  #holds = false;

  /** `holder` names this process among those that want the lease. */
  constructor(options: { readonly projector: Projector; readonly leases: Leases; readonly holder: string }) {
    this.#projector = options.projector;
    this.#leases = options.leases;
    this.#holder = options.holder;
  }

  /** Whether this instance is the one that projects. */
  get holds(): boolean {
    return this.#holds;
  }

  start(): void {
    if (this.#running !== null) return;
    const end = new AbortController();
    this.#running = { end, ended: this.#run(end.signal) };
  }

  /** Stops the projector after the batch at hand and gives the lease up, so that another takes over at once. */
  async stop(): Promise<void> {
    if (this.#running === null) return;
    this.#running.end.abort();
    await this.#running.ended;
    this.#running = null;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let renewedAt = -Infinity;
    while (!signal.aborted) {
      const askedAt = performance.now();
      const answer = await this.#ask();
      if (answer === 'held') renewedAt = askedAt;
      this.#holds = answer === 'held' || (answer === 'unknown' && performance.now() - renewedAt < LEASE_MS);
      if (!this.#holds) await this.#projector.stop();
      // A projector that has failed stays so until somebody has looked at it.
      else if (this.#projector.status().state === 'stopped') this.#projector.start();
      await sleep(RENEW_MS, undefined, { signal }).catch(() => undefined);
    }
    await this.#projector.stop();
    if (this.#holds) await this.#release();
    this.#holds = false;
  }

  async #ask(): Promise<'held' | 'refused' | 'unknown'> {
    try {
      return (await this.#leases.acquire(LEASE, this.#holder, LEASE_MS)) ? 'held' : 'refused';
    } catch (error) {
      if (error instanceof StoreUnavailableError) return 'unknown';
      throw error;
    }
  }

  async #release(): Promise<void> {
    try {
      await this.#leases.release(LEASE, this.#holder);
    } catch (error) {
      // It runs out by itself.
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}
