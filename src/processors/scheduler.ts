import { sleep } from '../event-store/waiting.js';
import { inSpan } from '../telemetry/tracing.js';
import { nextByCron } from './cron.js';
import { LeasedWork, type LeasedWorkOptions } from './leased-work.js';
import type { SweepResult } from './expiry-sweep.js';
import type { Leases } from './ports.js';

export interface SchedulerOptions {
  /** When to sweep, as a cron expression. */
  readonly cron: string;
  readonly leases: Leases;
  /** Names this process among those that want the lease. */
  readonly holder: string;
  /** Sweeps, asking between pages whether to go on. */
  readonly sweep: (goOn: () => Promise<boolean>) => Promise<SweepResult>;
  readonly onSwept: (result: SweepResult) => void;
  /** A sweep that failed; the next one tries again. */
  readonly onError: (error: unknown) => void;
  /** See `LeasedWorkOptions.onState`. */
  readonly onLeaseState?: LeasedWorkOptions['onState'];
  /** Milliseconds since 1970, and the next instant to sweep at after now. Defaults: the clock, and `cron` by it. */
  readonly clock?: { readonly now: () => number; readonly next: () => number | null };
}

// The clock is looked at again at least so often, since it may have been put forward.
const LOOK_AGAIN_MS = 30_000;

/**
 * Runs the expiry sweep by the clock on one of all instances, one at a time. The instance that becomes this one sweeps at once:
 * at the start, or because the one before may have died over its sweep. A clock that steps in either direction stops no sweep:
 * one makes up for however many were missed, and the next is planned from now (G11).
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #leased: LeasedWork;
  readonly #clock: NonNullable<SchedulerOptions['clock']>;
  #planned: { readonly end: AbortController; readonly ended: Promise<void> } | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    const { leases, holder, onError, onLeaseState } = options;
    this.#options = options;
    this.#clock = options.clock ?? { now: Date.now, next: () => nextByCron(options.cron) };
    this.#leased = new LeasedWork({
      ...{ leases, holder, onError },
      ...(onLeaseState === undefined ? {} : { onState: onLeaseState }),
      name: 'scheduler',
      begin: () => this.#begin(),
      end: () => this.#end(),
    });
  }

  /** Whether this instance is the one that sweeps. */
  get holds(): boolean {
    return this.#leased.holds;
  }

  start(): void {
    this.#stopped = false;
    this.#leased.start();
  }

  /** Sweeps now, unless a sweep is under way: then it resolves with that one. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#sweep().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** No sweep begins any more; resolves once the one under way has ended, which it does at its next page. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#leased.stop();
    await this.#running;
  }

  #begin(): void {
    if (this.#planned !== null) return;
    const end = new AbortController();
    this.#planned = { end, ended: this.#sweepByClock(end.signal) };
  }

  async #end(): Promise<void> {
    this.#planned?.end.abort();
    await this.#planned?.ended;
    this.#planned = null;
  }

  async #sweepByClock(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.run();
      await this.#untilNext(signal);
    }
  }

  /** Waits until the next instant of the expression has come, by the wall clock or by the time that has passed. */
  async #untilNext(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const next = this.#clock.next();
      const waitMs = next === null ? LOOK_AGAIN_MS : Math.max(1, next - this.#clock.now());
      await sleep(Math.min(waitMs, LOOK_AGAIN_MS), signal);
      if (next !== null && (waitMs <= LOOK_AGAIN_MS || this.#clock.now() >= next)) return;
    }
  }

  async #sweep(): Promise<void> {
    const { sweep, onSwept, onError } = this.#options;
    const goOn = async (): Promise<boolean> => !this.#stopped && (await this.#leased.acquire());
    try {
      if (await goOn()) onSwept(await inSpan('processor scheduler', { links: () => [] }, () => sweep(goOn)));
    } catch (error) {
      onError(error);
    }
  }
}
