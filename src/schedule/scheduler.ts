import { scheduleJob, type Job } from 'node-schedule';
import type { Leases } from '../read-model/leases.js';
import type { SweepResult } from './expiry-sweep.js';

const LEASE = 'scheduler';
// Renewed between the pages of a sweep; a holder that died is succeeded after so long.
const LEASE_MS = 60_000;

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
}

/** Runs the expiry sweep once at the start and then by the clock: one at a time, on one of all instances. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  #job: Job | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#job ??= scheduleJob(this.#options.cron, () => void this.run());
    void this.run();
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
    this.#job?.cancel();
    await this.#running;
  }

  async #sweep(): Promise<void> {
    const { leases, holder, sweep, onSwept, onError } = this.#options;
    const goOn = async (): Promise<boolean> => !this.#stopped && (await leases.acquire(LEASE, holder, LEASE_MS));
    try {
      if (!(await goOn())) return;
      onSwept(await sweep(goOn));
      await leases.release(LEASE, holder);
    } catch (error) {
      onError(error);
    }
  }
}
