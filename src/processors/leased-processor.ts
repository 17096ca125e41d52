import { LeasedWork, type LeasedWorkOptions } from './leased-work.js';
import { ProcessorRunner, type ProcessorRunnerOptions } from './processor-runner.js';
import { stateAfter, type ProcessorStatus } from './processor-status.js';
import { ShownStatus } from './shown-status.js';

export type LeasedProcessorOptions = ProcessorRunnerOptions &
  Pick<LeasedWorkOptions, 'leases' | 'holder' | 'onError' | 'times'>;

/** A processor that one of all instances runs: the one that holds the lease of its name. */
export class LeasedProcessor {
  readonly #shown: ShownStatus;
  readonly #runner: ProcessorRunner;
  readonly #work: LeasedWork;
  #leaseError: unknown;
  /** Whether the stores have answered here since the start, whether or not it holds the lease. */
  #seen = false;
  #started = false;
  #stopping = false;

  constructor(options: LeasedProcessorOptions) {
    this.#shown = new ShownStatus(options.onStateChange);
    const { leases, holder, onError, times } = options;
    const runner = new ProcessorRunner({
      ...options,
      onStateChange: ({ seen }, error) => {
        this.#seen ||= seen;
        this.#show(error);
      },
    });
    this.#runner = runner;
    this.#work = new LeasedWork({
      ...{ leases, holder, onError, ...(times === undefined ? {} : { times }) },
      name: options.processor.name,
      begin: () => runner.start(),
      end: () => runner.stop(),
      onState: (state, reason) => {
        // The leases are where the processor's documents are: an answer about them is one of that store.
        this.#seen ||= state === 'elsewhere';
        this.#leaseError = reason;
        this.#show(reason);
      },
    });
  }

  /** Whether this instance is the one that runs it. */
  get holds(): boolean {
    return this.#work.holds;
  }

  start(): void {
    this.#started = true;
    this.#show(undefined);
    this.#work.start();
  }

  /** Ends after the batch at hand, and gives the lease up. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#work.stop();
    this.#started = false;
    this.#stopping = false;
    this.#seen = false;
    this.#show(undefined);
  }

  status(): ProcessorStatus {
    const runner = this.#runner.status();
    if (!this.#started) return runner;
    const own = { ...runner, seen: runner.seen || this.#seen };
    switch (this.#work.state) {
      case 'starting':
        return { ...own, state: 'starting', seen: false };
      case 'elsewhere':
        return { ...own, state: 'elsewhere' };
      case 'unknown':
        // One that holds the lease goes on until it runs out.
        return own.state === 'stopped' ? { ...own, ...stateAfter(this.#leaseError) } : own;
      case 'held':
        // The work ends before the lease is given up: that is no start.
        return own.state === 'stopped' && !this.#stopping ? { ...own, state: 'starting' } : own;
    }
  }

  /** Says so if the state that is shown is another one than before. */
  #show(error: unknown): void {
    this.#shown.show(this.status(), error);
  }
}
