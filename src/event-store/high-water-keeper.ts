import type { HighWaterMark } from '../key-store/high-water-mark.js';
import type { LastEvent } from './position.js';

export interface HighWaterKeeperOptions {
  readonly mark: Pick<HighWaterMark, 'write'>;
  /** The newest history of the log. */
  readonly historyId: () => string;
  /** Called when the mark could not be written; it is tried again when the log moves. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds from the first move of the log to the write. Default 750. */
  readonly delayMs?: number;
}

const DEFAULT_DELAY_MS = 750;

/**
 * Keeps the high-water mark: written within a second of an append or of what a follower shows, and only when the log moved. What
 * was appended in the last second before a crash may be missing in it.
 */
export class HighWaterKeeper {
  readonly #options: HighWaterKeeperOptions;
  #newest: LastEvent | null = null;
  #isWritten = true;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;
  #held = false;

  constructor(options: HighWaterKeeperOptions) {
    this.#options = options;
  }

  /** Takes note of an event that stands in the log (`onMoved` of `openEventLog`). */
  readonly note = (last: LastEvent): void => {
    if (this.#newest !== null && last.position <= this.#newest.position) return;
    this.#newest = last;
    this.#isWritten = false;
    if (this.#timer !== null || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.write();
    }, this.#options.delayMs ?? DEFAULT_DELAY_MS);
    // A process may end in between; `close` writes.
    this.#timer.unref();
  };

  /** Leaves the mark where it is until `release`: what stands in the log now may be of a log that was put back. */
  hold(): void {
    this.#held = true;
  }

  /** The log is the one of the mark. */
  release(): void {
    this.#held = false;
    void this.write();
  }

  /** Writes what was noted, if anything. Never rejects. */
  write(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes what was noted, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.write();
  }

  async #write(): Promise<void> {
    const newest = this.#newest;
    if (newest === null || this.#isWritten || this.#held) return;
    this.#isWritten = true;
    try {
      await this.#options.mark.write({ ...newest, historyId: this.#options.historyId() });
    } catch (error) {
      if (this.#newest === newest) this.#isWritten = false;
      this.#options.onError(error);
    }
  }
}
