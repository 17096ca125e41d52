import { scheduleJob, type Job } from 'node-schedule';
import { LeasedWork } from './leased-work.js';
import type { Leases } from '../read-model/leases.js';
import type { SweepResult } from './expiry-sweep.js';

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

/**
 * Runs the expiry sweep by the clock on one of all instances, one at a time. Whichever instance becomes that one sweeps at once:
 * at the start, or because the one before may have died over its sweep.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #leased: LeasedWork;
  #job: Job | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    const { leases, holder, onError } = options;
    this.#options = options;
    this.#leased = new LeasedWork({
      ...{ leases, holder, onError },
      name: 'scheduler',
      begin: () => this.#begin(),
      end: () => this.#end(),
    });
  }

  start(): void {
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
    await this.#running;
    await this.#leased.stop();
  }

  #begin(): void {
    if (this.#job !== null) return;
    this.#job = scheduleJob(this.#options.cron, () => void this.run());
    void this.run();
  }

  async #end(): Promise<void> {
    this.#job?.cancel();
    this.#job = null;
    await this.#running;
  }

  async #sweep(): Promise<void> {
    const { sweep, onSwept, onError } = this.#options;
    const goOn = async (): Promise<boolean> => !this.#stopped && (await this.#leased.acquire());
    try {
      if (await goOn()) onSwept(await sweep(goOn));
    } catch (error) {
      onError(error);
    }
  }
}
