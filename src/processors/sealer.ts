import { WakeSignal } from '../event-store/waiting.js';
import type { RecentLeaves } from '../audit/recent-leaves.js';
import { MAX_WITHOUT_NOTE_MS, type Sealed } from '../audit/seal.js';
import { inSpan } from '../telemetry/tracing.js';
import type { Follower } from './hub-status.js';
import { LeasedWork, type LeasedWorkOptions } from './leased-work.js';
import type { Leases } from './ports.js';

export interface SealerOptions {
  readonly leases: Leases;
  /** Names this process among those that want the lease. */
  readonly holder: string;
  /** Milliseconds between two notes over a log that grows. */
  readonly everyMs: number;
  /** Takes in what is new and appends a note if one is due; ends soon, without a note, when the signal aborts. */
  readonly seal: (signal: AbortSignal) => Promise<Sealed>;
  /** Where the leaves of what comes are kept for `seal`. */
  readonly recent?: Pick<RecentLeaves, 'add' | 'clear'>;
  readonly onSealed: (result: Sealed) => void;
  /** A run that failed; the next one tries again. */
  readonly onError: (error: unknown) => void;
  /** See `LeasedWorkOptions.onState`. */
  readonly onLeaseState?: LeasedWorkOptions['onState'];
  /** So many events are sealed before their time. Default 10,000. */
  readonly manyEvents?: number;
  /** How long nothing may happen until it runs all the same, in milliseconds. Default an hour. */
  readonly maxWithoutNoteMs?: number;
}

const MANY_EVENTS = 10_000;

/**
 * Has a note appended on one of all instances: every so often while there are events, at once after many, hourly without events. An idle
 * process reads and writes nothing in between.
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #leased: LeasedWork;
  readonly #many = new WakeSignal();
  #pending = 0;
  #running: { readonly end: AbortController; readonly ended: Promise<void> } | null = null;

  constructor(options: SealerOptions) {
    const { leases, holder, onError, onLeaseState } = options;
    this.#options = options;
    this.#leased = new LeasedWork({
      ...{ leases, holder, onError },
      ...(onLeaseState === undefined ? {} : { onState: onLeaseState }),
      name: 'sealer',
      begin: () => this.#begin(),
      end: () => this.#end(),
    });
  }

  /** Whether this instance is the one that seals. */
  get holds(): boolean {
    return this.#leased.holds;
  }

  /** Counts what is to be sealed; notes themselves call for none. */
  readonly follower: Follower = {
    takes: { streams: ['token', 'user', 'email', 'mail', 'log'] },
    on: (events) => {
      this.#pending += events.length;
      if (this.#pending >= (this.#options.manyEvents ?? MANY_EVENTS)) this.#many.wake();
    },
    onStored: (events, position) => {
      const { recent } = this.#options;
      if (this.holds) recent?.add(events, position);
      else recent?.clear();
    },
    onGap: () => this.#options.recent?.clear(),
  };

  start(): void {
    this.#leased.start();
  }

  /** No run begins any more; resolves once the one under way has ended. */
  async stop(): Promise<void> {
    await this.#leased.stop();
  }

  #begin(): void {
    if (this.#running !== null) return;
    // What was not sealed before this instance took over is pending too.
    this.#pending += 1;
    const end = new AbortController();
    this.#running = { end, ended: this.#run(end.signal) };
  }

  async #end(): Promise<void> {
    this.#running?.end.abort();
    await this.#running?.ended;
    this.#running = null;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let ranAt = performance.now();
    while (await this.#isDue(signal, ranAt)) {
      ranAt = performance.now();
      await this.#seal(signal);
    }
  }

  /** Waits until something is to be done; false if the signal aborted. */
  async #isDue(signal: AbortSignal, ranAt: number): Promise<boolean> {
    const { maxWithoutNoteMs = MAX_WITHOUT_NOTE_MS } = this.#options;
    do await this.#wait(signal);
    while (!signal.aborted && this.#pending === 0 && performance.now() - ranAt < maxWithoutNoteMs);
    return !signal.aborted;
  }

  async #seal(signal: AbortSignal): Promise<void> {
    const { seal, onSealed, onError } = this.#options;
    this.#pending = 0;
    try {
      onSealed(await inSpan('processor sealer', { links: () => [] }, () => seal(signal)));
    } catch (error) {
      // Tried again at the next time, not with each event that comes.
      this.#pending += 1;
      onError(error);
    }
  }

  /** Until the next time has come, or many events have. */
  async #wait(signal: AbortSignal): Promise<void> {
    const elapsed = AbortSignal.timeout(Math.ceil(this.#options.everyMs));
    await this.#many.wait({ signal: AbortSignal.any([signal, elapsed]) });
  }
}
