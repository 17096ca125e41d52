import type { ProcessorStatus } from './processor-status.js';

/** Tells of a processor's state when it is another one than was told before. */
export class ShownStatus {
  readonly #tell: ((status: ProcessorStatus, error?: unknown) => void) | undefined;
  #shown = 'stopped ';

  constructor(tell: ((status: ProcessorStatus, error?: unknown) => void) | undefined) {
    this.#tell = tell;
  }

  /** `error` is what led to the state. */
  show(status: ProcessorStatus, error: unknown): void {
    const shown = `${status.state} ${status.waitingFor ?? ''}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#tell?.(status, error);
  }
}
