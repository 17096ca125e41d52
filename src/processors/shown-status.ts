import type { ProcessorStatus } from './processor-status.js';

/** Reports a processor's state when it is another one than it reported before. */
export class ShownStatus {
  readonly #report: ((status: ProcessorStatus, error?: unknown) => void) | undefined;
  #shown = 'stopped ';

  constructor(report: ((status: ProcessorStatus, error?: unknown) => void) | undefined) {
    this.#report = report;
  }

  /** `error` is what led to the state. */
  show(status: ProcessorStatus, error: unknown): void {
    const shown = `${status.state} ${status.waitingFor ?? ''}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#report?.(status, error);
  }
}
