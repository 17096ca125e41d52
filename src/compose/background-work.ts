/** Work that goes on after its request was answered. Before the stores close, it is waited for. */
export class BackgroundWork {
  readonly #running = new Set<Promise<void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** Begins it in a later turn of the event loop, so that nothing of it is part of the answer's time. */
  readonly run = (work: () => Promise<unknown>): void => {
    const running = new Promise<void>((resolve) => setImmediate(resolve))
      .then(work)
      .then(() => undefined, this.#onError)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  };

  /** Resolves once nothing is running. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
